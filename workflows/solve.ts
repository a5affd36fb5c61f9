import { LIMITS } from '../src/domain/limits.ts';
import { calculates, queryLanguageOf, withoutDirections } from '../src/domain/queries.ts';
import type { QueryLanguage } from '../src/domain/queries.ts';
import { truncate } from '../src/domain/text.ts';
import { majority } from '../src/domain/votes.ts';
import { runQuery } from './activities.ts';
import { all } from './all.ts';
import { ask } from './ask.ts';
import type { AskOptions } from './ask.ts';
import { takeSamples } from './samples.ts';
import { addNote, addSaving, planOf } from './state.ts';
import type { RunState } from './state.ts';
import { makeCall } from './tools.ts';

/**
 * Reads the graph as the votes proposed, and parses the answer.
 *
 * @param hows how the answer follows from the graph: one retrieval branch each
 * @returns undefined when the graph did not give an answer
 */
export async function solve(state: RunState, hows: string[]): Promise<string | undefined> {
  state.status = 'solving';
  const ways = hows.length > 0 ? hows : [''];
  const how = truncate(ways.join('\n'), 1_000);
  if (state.prepared.options.retrieval === 'direct') {
    return parse(state, (call, calculated) =>
      ask(
        state,
        'answerDirectly',
        { revision: state.graph.revision, how, forced: false, ...shared(state, calculated) },
        { ...call, summary: `round ${state.round}: answer from the graph` },
      ),
    );
  }
  const branches = await all(ways.map((way, index) => retrieve(state, way, String(index))));
  const rows = [...new Set(branches.filter((text) => text !== undefined))].join('\n\n');
  if (rows === '') {
    addNote(state, 'SOLVE was tried, but no query gave rows: the graph may lack a fact, or name it otherwise.');
    return undefined;
  }
  const answer = await parse(state, (call, calculated) =>
    ask(
      state,
      'parseAnswer',
      { revision: state.graph.revision, how, rows: truncate(rows, ROWS_CHARACTERS), ...shared(state, calculated) },
      { ...call, summary: `round ${state.round}: answer from rows` },
    ),
  );
  if (answer === undefined) addNote(state, 'SOLVE was tried, but the rows that it read did not hold the answer.');
  return answer;
}

const ROWS_CHARACTERS = 6_000;

/** The last answer, from what the graph holds, however little: retrieval first, then the graph itself. */
export async function forceAnswer(state: RunState): Promise<string | undefined> {
  const answer =
    state.graph.nodes === 0 || state.prepared.options.retrieval === 'direct'
      ? undefined
      : await solve(state, ['Read whatever comes closest to the answer.']);
  return answer ?? answerNow(state);
}

/** One request that answers from the graph. */
export async function answerNow(
  state: RunState,
  { last = false }: { last?: boolean } = {},
): Promise<string | undefined> {
  state.status = 'answering';
  const answered = await ask(
    state,
    'answerDirectly',
    { revision: state.graph.revision, how: '', forced: true, ...shared(state, undefined) },
    { sample: 'forced', summary: 'last answer from what the graph holds', last },
  );
  return answered?.answer.trim() || undefined;
}

interface Calculated {
  expression: string;
  result: string;
}

function shared(
  state: RunState,
  calculated: Calculated | undefined,
): { answerFormat?: string; calculated?: Calculated } {
  const { answerFormat } = state.prepared.options;
  return {
    ...(answerFormat === undefined ? {} : { answerFormat }),
    ...(calculated === undefined ? {} : { calculated }),
  };
}

/**
 * One retrieval branch: a query, repaired while it fails; while it gives no rows, asked in any direction where it is
 * Cypher, then written anew.
 */
async function retrieve(state: RunState, how: string, branch: string): Promise<string | undefined> {
  const { repairs, regenerations } = state.prepared.options;
  const { revision } = state.graph;
  const language = languageOf(state);
  const written = language === 'cypher' ? {} : { language };
  const empty: string[] = [];
  let repaired = 0;
  let query = (
    await ask(
      state,
      'writeQuery',
      { revision, how, empty, ...written },
      { sample: branch, summary: `round ${state.round}: query for ${truncate(how, 150)}` },
    )
  )?.query;
  while (query !== undefined) {
    const call = { run: state.prepared.run, revision, ...written };
    const result =
      language === 'cypher' && repaired === 0 && repairs > 0 && calculates(query)
        ? LEAVE_CALCULATIONS
        : await runQuery(state.prepared.queues.graph, { ...call, query });
    if (result.kind === 'rows' && result.rowCount > 0) return result.text;
    const anyDirection = language === 'cypher' ? withoutDirections(query) : query;
    if (result.kind === 'rows' && anyDirection !== query) {
      const wider = await runQuery(state.prepared.queues.graph, { ...call, query: anyDirection });
      if (wider.kind === 'rows' && wider.rowCount > 0) return wider.text;
    }
    if (result.kind === 'error') {
      repaired += 1;
      if (repaired > repairs) return undefined;
      query = (
        await ask(
          state,
          'repairQuery',
          { revision, how, query, error: truncate(result.error, LIMITS.errorCharacters), ...written },
          { sample: `${branch}.${empty.length}.repair${repaired}`, summary: `round ${state.round}: repairs a query` },
        )
      )?.query;
    } else {
      empty.push(query);
      if (empty.length > regenerations) return undefined;
      repaired = 0;
      query = (
        await ask(
          state,
          'writeQuery',
          { revision, how, empty, ...written },
          { sample: `${branch}.again${empty.length}`, summary: `round ${state.round}: another query` },
        )
      )?.query;
    }
  }
  return undefined;
}

/** What a retrieval is written in; JavaScript may calculate, and sees edges from both ends. */
function languageOf({ prepared: { options } }: RunState): QueryLanguage {
  if (options.retrieval === 'code') return 'javascript';
  return queryLanguageOf(options.graph);
}

/** Said once to a query that calculates; one that still does after its repair may: there can be more rows than are shown. */
const LEAVE_CALCULATIONS = {
  kind: 'error',
  error: 'Return the names and the values themselves, not a sum, an average or arithmetic: that is calculated later.',
} as const;

type ParseCall = Pick<AskOptions, 'sample' | 'tier' | 'counts' | 'hedge'>;

type Parse = (
  call: ParseCall,
  calculated: Calculated | undefined,
) => Promise<{ calculate: string; answer: string } | undefined>;

/** Parses the answer until a strict majority of the parses agrees; else the best one is chosen. */
async function parse(state: RunState, parseOnce: Parse): Promise<string | undefined> {
  const { parses, unsure } = planOf(state);
  const answers = await takeSamples({
    plan: parses,
    unsure,
    one: ({ index, ...call }) => parseWithCalculation(state, { sample: String(index), ...call }, parseOnce),
    valueOf: answerKey,
    onDecided: (notSent) => addSaving(state, 'samplesNotSent', notSent),
  });
  const texts = new Map<string, { text: string; count: number }>();
  for (const text of answers) {
    const key = answerKey(text);
    texts.set(key, { text: texts.get(key)?.text ?? text, count: (texts.get(key)?.count ?? 0) + 1 });
  }
  const found = [...texts.values()];
  const agreed = found.find(({ count }) => count >= majority(parses.most));
  if (agreed !== undefined) return agreed.text || undefined;
  const candidates = found.map(({ text }) => text).filter((text) => text !== '');
  if (candidates.length <= 1) return candidates[0];
  const chosen = await ask(
    state,
    'chooseAnswer',
    { revision: state.graph.revision, candidates },
    { sample: '0', summary: `round ${state.round}: best of ${candidates.length} answers` },
  );
  return candidates[(chosen?.choice ?? 1) - 1] ?? candidates[0];
}

/** Answers that differ only in case, spaces or a final full stop are one answer. */
function answerKey(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').replace(/\.$/, '').trim();
}

/** One parse; where it asks for a calculation, that is made by the tool, and the parse asked again with its result. */
async function parseWithCalculation(state: RunState, call: ParseCall, parseOnce: Parse): Promise<string | undefined> {
  const { sample } = call;
  const parsed = await parseOnce(call, undefined);
  if (parsed === undefined) return undefined;
  const expression = parsed.calculate.trim();
  if (expression === '' || call.counts?.() === false || !state.tools.some(({ name }) => name === 'calculate'))
    return parsed.answer.trim();
  const made = await makeCall(state, { tool: 'calculate', input: { expression } }, `parse.${sample}`);
  if (made === undefined) return parsed.answer.trim();
  const result = made.outcome.excerpt;
  const again = await parseOnce({ ...call, sample: `${sample}.calculated` }, { expression, result });
  const line = `${expression} = ${result}`;
  if (!state.calculations.includes(line)) state.calculations.push(line);
  return (again?.answer.trim() || result).trim();
}
