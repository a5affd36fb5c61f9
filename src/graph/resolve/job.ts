import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { blocksOf } from './blocks.ts';
import { Candidates } from './candidates.ts';
import { comparedOf } from './compared.ts';
import { Explainer } from './explain.ts';
import { unpack } from './pack.ts';
import { Scorer } from './score.ts';
import { tableOf } from './table.ts';

/** Tasks of a job: many more than workers, so that they end together. */
const TASKS = 256;

export interface ResolveInput {
  /** Of {@link pack packed} material in the artifact store. */
  sha256: string;
  /** How many it has. */
  entities: number;
  /** The least total of a pair that is kept, from 0 to 1. */
  threshold: number;
}

/** Compares the entities from `from` up to `to` with all later ones of their blocks. */
export interface ResolveTask {
  sha256: string;
  from: number;
  to: number;
  threshold: number;
}

export interface ResolveResult {
  /** Pairs that were scored. */
  scored: number;
  /** Those from the threshold on, one after the other: the earlier entity, the later one, and their score. */
  pairs: number[];
  /** Why each of them is alike, in words. */
  reasons: string[];
}

/** Two entities that are alike, by their numbers. */
export interface AlikePair {
  one: number;
  other: number;
  /** From 0 to 1. */
  score: number;
  /** In words. */
  reason: string;
}

export interface ResolveOutput {
  scored: number;
  /** In the order of their entities, whatever order the results came in. */
  pairs: AlikePair[];
}

/** What a task needs of whoever runs it. */
export interface ResolveContext {
  artifacts: Pick<ArtifactStore, 'getContent'>;
}

export function split({ sha256, entities, threshold }: ResolveInput): ResolveTask[] {
  const tasks = Math.min(TASKS, entities);
  const bound = (task: number): number => Math.floor((task * entities) / tasks);
  return Array.from({ length: tasks }, (_, task) => ({ sha256, from: bound(task), to: bound(task + 1), threshold }));
}

export async function run(
  { sha256, from, to, threshold }: ResolveTask,
  { artifacts }: ResolveContext,
): Promise<ResolveResult> {
  const { scorer, candidates, explainer } = await readerOf(sha256, artifacts);
  const result: ResolveResult = { scored: 0, pairs: [], reasons: [] };
  for (let entity = from; entity < to; entity += 1) {
    candidates.eachAfter(entity, (other) => {
      result.scored += 1;
      const score = scorer.score(entity, other, threshold);
      if (score === undefined) return;
      result.pairs.push(entity, other, score.total);
      result.reasons.push(explainer.reason(entity, other, score));
    });
  }
  return result;
}

export function reduce(results: readonly ResolveResult[]): ResolveOutput {
  const pairs: AlikePair[] = [];
  for (const { pairs: flat, reasons } of results) {
    for (const [index, reason] of reasons.entries()) {
      const at = 3 * index;
      pairs.push({ one: flat[at]!, other: flat[at + 1]!, score: flat[at + 2]!, reason });
    }
  }
  pairs.sort((a, b) => a.one - b.one || a.other - b.other);
  return { scored: results.reduce((sum, { scored }) => sum + scored, 0), pairs };
}

interface Reader {
  scorer: Scorer;
  candidates: Candidates;
  explainer: Explainer;
}

/** What this thread read last: a job's tasks all have the same. What follows from it is worked out here, and not read with it. */
let last: { sha256: string; reader: Promise<Reader> } | undefined;

function readerOf(sha256: string, artifacts: ResolveContext['artifacts']): Promise<Reader> {
  if (last?.sha256 !== sha256) {
    const reader = artifacts.getContent(sha256).then((bytes): Reader => {
      const material = unpack(bytes);
      const table = tableOf(material);
      return {
        scorer: new Scorer(comparedOf(table)),
        candidates: new Candidates(blocksOf(table), table.entities),
        explainer: new Explainer(table, material),
      };
    });
    last = { sha256, reader };
    // What could not be read may be there at the next attempt.
    reader.catch(() => {
      if (last?.reader === reader) last = undefined;
    });
  }
  return last.reader;
}
