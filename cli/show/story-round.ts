import type {
  RunStory,
  StoryCall,
  StoryFacts,
  StoryParse,
  StoryQuery,
  StoryRetrieval,
  StoryRound,
  StoryStep,
  StoryToolCall,
  StoryVote,
} from '../../src/client/story/story.ts';
import { canonicalJson, counted } from '../../src/domain/text.ts';
import { describeToolCall } from '../../src/domain/tools.ts';
import { differenceLines, differenceSummary } from './difference.ts';
import type { Line } from './outline.ts';
import { failureLine, shorten, spentText } from './story-words.ts';
import { duration } from './terminal.ts';

/** What happened in a round, in its order. */
export function roundLines(round: StoryRound, story: RunStory): Line[] {
  const { votes, choices, tools, facts, retrievals, parses, notes } = round;
  return [
    ...(votes.length > 0 ? [votesLine(round)] : []),
    ...choices.flatMap((choice) => troubleLines(choice, 'The choice of tools')),
    ...(tools.length > 0 ? [toolsLine(round)] : []),
    ...(facts === undefined ? [] : [factsLine(facts, round, story)]),
    ...retrievals.map(retrievalLine),
    ...(parses.length > 0 ? [parsesLine(round)] : []),
    ...notes.filter((note) => !isTold(note, round)).map((note): Line => ({ mark: '!', text: note })),
  ];
}

/** Alike things together, each with how many there are. */
function grouped<T>(items: readonly T[], key: (item: T) => unknown): { first: T; count: number; all: T[] }[] {
  const groups = Map.groupBy(items, (item) => canonicalJson(key(item)));
  return [...groups.values()].map((all) => ({ first: all[0]!, count: all.length, all }));
}

function times(count: number): string {
  return count > 1 ? `${count} × ` : '';
}

function votesLine({ votes, decision }: StoryRound): Line {
  const counted = (next: string): number => votes.filter(({ counts }) => counts === next).length;
  const tally = `${counted('ENHANCE')} ENHANCE, ${counted('SOLVE')} SOLVE`;
  return {
    text: `Votes: ${tally}${decision === undefined ? '' : ` → ${decision.next}`}`,
    lines: [
      ...grouped(
        votes.filter(({ value }) => value !== undefined),
        ({ value, counts }) => [value, counts],
      ).map(({ first, count }) => voteLine(first, count)),
      ...votes.flatMap((vote) => troubleLines(vote, `Vote ${Number(vote.sample) + 1}`)),
    ],
  };
}

function voteLine({ value, counts }: StoryVote, count: number): Line {
  const { facts, next, how } = value!;
  const needed = facts.map(({ fact, value: found }) => `${fact} = ${found}`).join('; ');
  const reason = [needed, next === 'SOLVE' && how !== '' ? `how: ${how}` : ''].filter(Boolean).join('; ');
  const other = counts === next ? '' : `, counts for ${counts}`;
  return { mark: '•', text: `${times(count)}${next}${other}${reason && `: ${shorten(reason, 600)}`}` };
}

/** What went wrong with a call of a model, or is not over: nothing for one that was answered at once. */
function troubleLines(step: StoryStep<unknown>, name: string): Line[] {
  const { state, misfits, attempts } = step;
  if (state === 'done' && misfits.length === 0 && attempts <= 1) return [];
  const repeated = [
    ...(misfits.length > 0 ? [`${counted(misfits.length, 'answer')} did not fit`] : []),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ].join(', ');
  const mark = MARKS[state];
  return [
    {
      mark,
      text: `${name}: ${state === 'done' ? 'answered' : STATES[state]}${repeated && ` (${repeated})`}`,
      ...(mark === '✗' ? { tone: 'bad' as const } : {}),
      lines: [
        ...grouped(misfits, ({ error }) => error).map(({ first, count }): Line => ({
          text: `${times(count)}${shorten(first.error, 200)}`,
          tone: 'quiet',
        })),
        ...failureLines(step),
      ],
    },
  ];
}

const MARKS = {
  done: '✓',
  running: '…',
  lost: '✗',
  failed: '✗',
  cancelled: '✗',
  'cut-off': '✗',
  repeated: '↺',
  unmade: '–',
};
const STATES = {
  running: 'under way',
  lost: 'lost, as no answer fitted',
  failed: 'failed',
  cancelled: 'cancelled',
  'cut-off': 'without an outcome',
};

function toolsLine({ tools, decision }: StoryRound): Line {
  const missing = decision?.missing ?? [];
  return {
    text: `Tools${missing.length === 0 ? '' : `, for: ${shorten(missing.join('; '), 400)}`}`,
    lines: tools.map(toolLine),
  };
}

function toolLine(call: StoryToolCall): Line {
  const { tool, input, state, excerpt, attempts, seconds, spent } = call;
  const aside = [
    ...(state === 'repeated' ? ['made before'] : []),
    ...(state === 'unmade' ? ['not made'] : []),
    ...(state === 'running' || state === 'cancelled' || state === 'cut-off' ? [STATES[state]] : []),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(seconds === undefined ? [] : [duration(seconds)]),
    spentText(spent),
  ].filter(Boolean);
  const mark = MARKS[state];
  return {
    mark,
    text: `${describeToolCall({ tool, input }, 300)}${aside.length > 0 ? ` · ${aside.join(', ')}` : ''}`,
    ...(mark === '✗' ? { tone: 'bad' as const } : {}),
    lines: [
      ...failureLines(call),
      ...(excerpt === undefined ? [] : [{ text: shorten(excerpt, 200), tone: 'quiet' as const }]),
    ],
  };
}

/** Why a call failed, or had to be made again. */
function failureLines({ failure, retried }: Pick<StoryCall, 'failure' | 'retried'>): Line[] {
  if (failure !== undefined) return [failureLine(failure)];
  if (retried === undefined) return [];
  return [{ text: `made again after ${retried.type}: ${shorten(retried.message, 300)}`, tone: 'quiet' }];
}

/** Facts of one round that are shown. */
const MOST_FACTS = 12;

function factsLine(facts: StoryFacts, { round }: StoryRound, { id }: RunStory): Line {
  const { extractions, together, problems, repairs, left, revision, difference } = facts;
  const news = difference === undefined ? [] : differenceLines(difference, { round });
  return {
    text: `Facts: ${factsSummary(facts)}`,
    lines: [
      ...extractions.flatMap((step) => troubleLines(step, `Reading ${step.call ?? 'an output'}`)),
      ...together.flatMap((step) => troubleLines(step, `Reading ${step.calls.length} outputs together`)),
      ...problems.map((problem): Line => ({ mark: '!', text: shorten(problem, 300), tone: 'bad' })),
      ...repairs.flatMap((repair): Line[] => [
        ...(repair.state === 'done' ? [{ mark: '✓', text: 'Repaired by the model' }] : []),
        ...troubleLines(repair, 'The repair'),
      ]),
      ...left.map((problem): Line => ({ mark: '✗', text: `Left out: ${shorten(problem, 300)}`, tone: 'bad' })),
      ...firstLines(news, MOST_FACTS, (count) => `… and ${count} more: kgot graph ${id} --diff ${revision}`),
    ],
  };
}

function factsSummary({ revision, difference, extractions, together }: StoryFacts): string {
  if (difference !== undefined) return `${differenceSummary(difference)}, revision ${revision}`;
  if (revision !== undefined) return `nothing new, revision ${revision}`;
  return [...extractions, ...together].some(({ state }) => state === 'running') ? 'being read' : 'none were added';
}

/** So many leaves of a list of lines with lines below. */
function firstLines(groups: readonly Line[], most: number, more: (left: number) => string): Line[] {
  let room = most;
  const shown = groups.flatMap((group): Line[] => {
    const lines = (group.lines ?? []).slice(0, room);
    room -= lines.length;
    return lines.length === 0 ? [] : [{ ...group, lines }];
  });
  const left = groups.reduce((sum, { lines = [] }) => sum + lines.length, 0) - (most - room);
  return left > 0 ? [...shown, { text: more(left), tone: 'quiet' }] : shown;
}

function retrievalLine({ how, queries }: StoryRetrieval): Line {
  return { text: `Query${how === '' ? '' : `, for: ${shorten(how, 400)}`}`, lines: queries.flatMap(queryLines) };
}

const WRITTEN = { written: '', repaired: 'repaired: ', rewritten: 'written anew: ', widened: 'in any direction: ' };

function queryLines({ by, query, step, outcome, seconds }: StoryQuery): Line[] {
  const trouble = step === undefined ? [] : troubleLines(step, by === 'repaired' ? 'The repair' : 'The query');
  if (query === undefined) return trouble;
  const found = outcome?.kind === 'rows' ? counted(outcome.rowCount, 'row') : outcome?.kind === 'error' ? 'failed' : '';
  const aside = [found, ...(seconds === undefined ? [] : [duration(seconds)])].filter(Boolean).join(', ');
  const fruitless = outcome?.kind === 'error' || (outcome?.kind === 'rows' && outcome.rowCount === 0);
  return [
    ...trouble,
    {
      mark: outcome === undefined ? '•' : fruitless ? '✗' : '✓',
      text: `${WRITTEN[by]}${shorten(query, 600)}${aside && ` · ${aside}`}`,
      lines:
        outcome === undefined
          ? []
          : outcome.kind === 'error'
            ? [{ text: shorten(outcome.error, 300), tone: 'bad' }]
            : rowsOf(outcome.text, outcome.rowCount),
    },
  ];
}

const MOST_ROWS = 5;

/** The first line names the columns. */
function rowsOf(text: string, rowCount: number): Line[] {
  if (rowCount === 0) return [];
  const rows = text.split('\n').slice(1);
  const shown = rows.slice(0, MOST_ROWS).map((row): Line => ({ text: shorten(row, 200), tone: 'quiet' }));
  return rows.length > MOST_ROWS ? [...shown, { text: `… and ${rows.length - MOST_ROWS} more`, tone: 'quiet' }] : shown;
}

function parsesLine({ parses, best, answer }: StoryRound): Line {
  const groups = grouped(
    parses.filter(({ parse }) => parse.value !== undefined),
    ({ answer: text, calculation, last }) => [text, calculation, last],
  );
  return {
    text: `Answer${answer === undefined ? '' : `: ${answer}`}`,
    lines: [
      ...groups.map(({ first, count }) => parseLine(first, count)),
      ...parses.flatMap(({ parse, again }) => [
        ...troubleLines(parse, 'A reading of the answer'),
        ...(again === undefined ? [] : troubleLines(again, 'A reading of the answer')),
      ]),
      ...(best?.value === undefined
        ? []
        : [{ mark: '•', text: `best of ${best.candidates.length}: ${best.candidates[best.value.choice - 1] ?? ''}` }]),
      ...(best === undefined ? [] : troubleLines(best, 'The choice of the best')),
    ],
  };
}

function parseLine({ answer, calculation, last }: StoryParse, count: number): Line {
  const from = last ? 'last, from what the graph holds: ' : '';
  return {
    mark: '•',
    text: `${times(count)}${from}${answer || 'none followed'}`,
    lines:
      calculation === undefined
        ? []
        : [{ text: `calculated: ${calculation.expression} = ${calculation.result ?? '?'}`, tone: 'quiet' }],
  };
}

/** Whether a note says what the round shows already. */
function isTold(note: string, { tools, facts }: StoryRound): boolean {
  const ofFacts = ['A change could not be made: ', 'The last calls added nothing new: '];
  return (
    /^The step \w+ was lost: /.test(note) ||
    (facts !== undefined && ofFacts.some((words) => note.startsWith(words))) ||
    tools.some((call) => call.failure !== undefined && note.startsWith(`${describeToolCall(call)} failed: `))
  );
}
