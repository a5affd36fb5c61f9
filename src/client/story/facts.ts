import type { ApplyCall, ApplyResult } from '../../domain/activities.ts';
import type { Batch, Extraction } from '../../domain/changes.ts';
import { checkExtractions } from '../../domain/extractions.ts';
import { applyBatch, emptyGraph } from '../../domain/graph.ts';
import type { NumberedExtraction } from '../../model/steps/extract-changes-together.ts';
import { differenceOf } from '../../graph/difference.ts';
import type { GraphDifference } from '../../graph/difference.ts';
import type { Activity } from './activity.ts';
import type { RoundActivities } from './round-activities.ts';
import type { StoryFacts } from './story.ts';

/**
 * Tells how a round's tool outputs became facts.
 *
 * @param news what each revision brought
 * @param given revisions that belong to the round where no activity says so
 */
export function tellFacts(
  round: RoundActivities,
  news: ReadonlyMap<number, GraphDifference>,
  given: readonly number[],
): StoryFacts | undefined {
  const samples = round.samplesOf('extractChanges');
  const together = round.samplesOf('extractChangesTogether');
  const applies = round
    .ofType('graph.apply')
    .flatMap(({ input, outcome }) =>
      outcome.kind === 'result' ? [{ base: (input as ApplyCall).base, result: outcome.value as ApplyResult }] : [],
    );
  const results = applies.map(({ result }) => result);
  const revision = results.findLast((result) => result.kind === 'applied')?.graph.revision ?? given.at(-1);
  if (samples.length === 0 && together.length === 0 && revision === undefined) return undefined;
  const nothingNew = applies.some(({ base }) => base === revision);
  const difference = revision === undefined || nothingNew ? undefined : news.get(revision);
  return {
    extractions: samples.map((sample) => {
      const { call } = round.inputOf('extractChanges', sample) as { call?: string };
      return { ...round.step<Extraction>('extractChanges', sample), ...(call === undefined ? {} : { call }) };
    }),
    together: together.map((sample) => {
      const { calls = [] } = round.inputOf('extractChangesTogether', sample) as { calls?: string[] };
      return { ...round.step<{ outputs: NumberedExtraction[] }>('extractChangesTogether', sample), calls };
    }),
    problems: results.flatMap((result) => (result.kind === 'problems' ? result.problems.flat() : [])),
    repairs: round.steps('repairChanges'),
    left: results.flatMap((result) => (result.kind === 'applied' ? result.problems : [])),
    ...(revision === undefined ? {} : { revision }),
    ...(difference === undefined ? {} : { difference }),
  };
}

/** What each revision brought, by the run's batches. */
export function newsOf(batches: readonly Batch[]): Map<number, GraphDifference> {
  const news = new Map<number, GraphDifference>();
  let graph = emptyGraph();
  for (const batch of batches) {
    if (batch.base !== graph.revision) break;
    news.set(batch.revision, differenceOf(graph, [batch]));
    graph = applyBatch(graph, batch);
  }
  return news;
}

/** The batches that a history tells of, where the artifact store is not at hand: up to where a part of it is gone. */
export function derivedBatches(activities: readonly Activity[]): Batch[] {
  const batches: Batch[] = [];
  let graph = emptyGraph();
  for (const { type, input, outcome } of activities) {
    if (type !== 'graph.apply' || outcome.kind !== 'result') continue;
    const result = outcome.value as ApplyResult;
    const { base, extractions } = input as ApplyCall;
    if (result.kind !== 'applied' || result.graph.revision === base) continue;
    if (base !== graph.revision) break;
    const batch = { revision: base + 1, base, changes: checkExtractions(graph, extractions).changes };
    batches.push(batch);
    graph = applyBatch(graph, batch);
  }
  return batches;
}

/** The round that a batch belongs to, by what its changes rest on: a call of an earlier round may have been used again. */
export function roundOfBatch({ changes }: Batch): number {
  const rounds = changes.map(({ source }) => Number(/^round (\d+): /.exec(source)?.[1] ?? 0));
  return Math.max(0, ...rounds);
}
