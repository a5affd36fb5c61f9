import type { ApplyCall } from '../src/domain/activities.ts';
import { isProblemOf } from '../src/domain/changes.ts';
import type { Extraction } from '../src/domain/changes.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { canonicalJson, normalizeName, truncate } from '../src/domain/text.ts';
import { applyChanges } from './activities.ts';
import { all } from './all.ts';
import { ask } from './ask.ts';
import { addNote, madeLines, planOf } from './state.ts';
import type { MadeCall, RunState } from './state.ts';
import { makeCall } from './tools.ts';

/** One round of ENHANCE: choose tools, call them side by side, turn their outputs into one batch of changes. */
export async function enhance(state: RunState, missing: string[]): Promise<void> {
  state.status = 'enhancing';
  const chosen = await ask(
    state,
    'chooseTools',
    { revision: state.graph.revision, missing, made: madeLines(state), notes: state.notes },
    { sample: '0', summary: `round ${state.round}: tools for ${truncate(missing.join('; '), 150)}` },
  );
  if (chosen === undefined) return;
  const calls = [...new Map(chosen.calls.map((call) => [canonicalJson(call), call])).values()];
  const made = await all(
    calls.slice(0, LIMITS.toolCallsPerRound).map((call, index) => makeCall(state, call, String(index))),
  );
  const outputs = made.filter((call) => call !== undefined);
  if (outputs.length > 0) await addFacts(state, outputs, missing);
}

type Extractions = ApplyCall['extractions'];

/** Extracts changes from all outputs and applies them as one batch; invalid ones are repaired first. */
async function addFacts(state: RunState, outputs: MadeCall[], missing: string[]): Promise<void> {
  const extracted = await extractAll(state, outputs, missing);
  let read = extracted.filter((item) => item !== undefined);
  if (read.length === 0) return;

  const { repairs } = state.prepared.options;
  for (let repair = 0; ; repair += 1) {
    const lastTry = repair === repairs;
    const result = await applyChanges(state.prepared.queues.graph, {
      run: state.prepared.run,
      base: state.graph.revision,
      extractions: read.map(({ extraction, source }): Extractions[number] => ({ extraction, source })),
      ifProblems: lastTry ? 'skip' : 'return',
    });
    if (result.kind === 'applied') {
      if (result.graph.revision === state.graph.revision) {
        addNote(state, `The last calls added nothing new: ${truncate(missing.join('; '), 200)}`);
      }
      state.graph = result.graph;
      for (const problem of result.problems) addNote(state, `A change could not be made: ${truncate(problem, 200)}`);
      return;
    }
    const { problems } = result;
    read = await all(
      read.map(async (item, index) => {
        const wrong = problems[index] ?? [];
        if (wrong.length === 0) return item;
        const corrected = await ask(
          state,
          'repairChanges',
          {
            revision: state.graph.revision,
            outputSha256: item.made.outcome.outputSha256,
            call: withoutRound(item.source),
            problems: wrong,
          },
          {
            sample: `${index}.repair${repair + 1}`,
            summary: `round ${state.round}: repairs ${wrong.length} changes`,
            outputTokens: item.made.outcome.shownTokens,
          },
        );
        if (corrected === undefined) return item;
        return {
          ...item,
          extraction: {
            // A node without a name has been corrected, or cannot be.
            nodes: [...item.extraction.nodes.filter(({ name }) => normalizeName(name) !== ''), ...corrected.nodes],
            edges: [...withoutProblems(item.extraction.edges, wrong, { retracted: false }), ...corrected.edges],
            retract: [...withoutProblems(item.extraction.retract, wrong, { retracted: true }), ...corrected.retract],
          },
        };
      }),
    );
  }
}

interface Extracted {
  made: MadeCall;
  extraction: Extraction;
  source: string;
}

/** What each output adds, in the order of the outputs; undefined for one whose step is lost. */
async function extractAll(state: RunState, outputs: MadeCall[], missing: string[]): Promise<(Extracted | undefined)[]> {
  const places = outputs.map((made, index): Place => ({ made, index }));
  const groups = planOf(state).extractions === 'together' ? groupsOf(places) : places.map((place) => [place]);
  const extracted = await all(
    groups.map(async (group) => {
      const together = group.length > 1 ? await extractTogether(state, group, missing) : undefined;
      // What is lost together may be found apart.
      return together ?? all(group.map((place) => extractOne(state, place, missing)));
    }),
  );
  return extracted.flat();
}

/** An output and its place in the round. */
interface Place {
  made: MadeCall;
  index: number;
}

/** Outputs that follow each other, as many together as one prompt may show. */
function groupsOf(places: readonly Place[]): Place[][] {
  const groups: Place[][] = [];
  let shown = Infinity;
  for (const place of places) {
    const { shownTokens } = place.made.outcome;
    if (shown + shownTokens > LIMITS.togetherTokens) {
      groups.push([]);
      shown = 0;
    }
    groups.at(-1)!.push(place);
    shown += shownTokens;
  }
  return groups;
}

async function extractTogether(
  state: RunState,
  group: readonly Place[],
  missing: string[],
): Promise<Extracted[] | undefined> {
  const calls = group.map(({ made }) => withoutRound(made.source));
  // What the cheap model cannot read together it may read apart: the stronger one is for what remains.
  const cheapAsks = planOf(state).asks.filter((tier) => tier === 'cheap').length;
  const answer = await ask(
    state,
    'extractChangesTogether',
    {
      revision: state.graph.revision,
      outputsSha256: group.map(({ made }) => made.outcome.outputSha256),
      calls,
      missing,
    },
    {
      sample: String(group[0]!.index),
      summary: `round ${state.round}: facts of ${group.length} outputs`,
      ...(cheapAsks === 0 ? {} : { asks: cheapAsks }),
      outputTokens: Math.ceil(NUMBERED_LINES * group.reduce((sum, { made }) => sum + made.outcome.shownTokens, 0)),
    },
  );
  return answer === undefined
    ? undefined
    : group.map(({ made }, index) => ({
        made,
        source: made.source,
        extraction: extractionOf(answer.outputs.filter(({ output }) => output === index + 1)),
      }));
}

/** Lines with their numbers, to lines: of many short ones less is shown. */
const NUMBERED_LINES = 1.25;

function extractionOf(parts: readonly Extraction[]): Extraction {
  return {
    nodes: parts.flatMap(({ nodes }) => nodes),
    edges: parts.flatMap(({ edges }) => edges),
    retract: parts.flatMap(({ retract }) => retract),
  };
}

async function extractOne(state: RunState, { made, index }: Place, missing: string[]): Promise<Extracted | undefined> {
  const extraction = await ask(
    state,
    'extractChanges',
    {
      revision: state.graph.revision,
      outputSha256: made.outcome.outputSha256,
      call: withoutRound(made.source),
      missing,
    },
    {
      sample: String(index),
      summary: `round ${state.round}: facts of ${truncate(withoutRound(made.source), 150)}`,
      outputTokens: made.outcome.shownTokens,
    },
  );
  return extraction === undefined ? undefined : { made, extraction, source: made.source };
}

/** The edges that no problem is about. */
function withoutProblems<Edge extends { from: string; type: string; to: string }>(
  edges: Edge[],
  problems: string[],
  { retracted }: { retracted: boolean },
): Edge[] {
  return edges.filter((edge) => !problems.some((problem) => isProblemOf(problem, edge, { retracted })));
}

function withoutRound(source: string): string {
  return source.replace(/^round \d+: /, '');
}
