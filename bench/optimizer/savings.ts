import { tokenPrice } from '../../src/cost/prices.ts';
import type { RunOptions } from '../../src/domain/run.ts';
import { countryQuestions } from '../country-questions.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { musique, openBed, PRICED_AS } from './load.ts';
import type { Outcome } from './load.ts';

const SEED = 7;
const QUESTIONS = 40;
/** Runs at once, and calls of a model at once: what is measured is dollars, not time. */
const AT_ONCE = 20;
const SLOTS = 64;

/** A way to spend less, and how a run does without it. */
const SAVINGS: Record<string, RunOptions> = {
  'staged-votes': { without: ['staged-votes'] },
  batching: { without: ['batching'] },
  'shared-calls': { without: ['shared-calls'] },
  'reused-answers': { cache: false },
};

/** Dollars of an answer by COST_FOCUSED with each way to spend less, against the same without it: one seeded pass each. */
export async function savings({ log }: BenchOptions): Promise<Row[]> {
  const whole = await pass({});
  log(wordsOf('with all of them', whole));
  const rows: Row[] = [];
  for (const [id, options] of Object.entries(SAVINGS)) {
    const without = await pass(options);
    log(wordsOf(`without ${id}`, without));
    rows.push(row(id, dollarsOf(whole), dollarsOf(without), 'the same without it'));
  }
  const dear = await pass({}, { cheap: false });
  log(wordsOf('without cheap-model-first', dear));
  rows.push(row('cheap-model-first', dollarsOf(whole), dollarsOf(dear), 'the same without it'));
  const cached = await pass({ cache: false }, { promptCache: true });
  log(wordsOf('with a provider’s prompt cache, simulated', cached));
  const rival = 'the same requests with nothing cached';
  rows.push(row('stable-prefix', dollarsOf(cached), uncachedDollars(cached) / cached.right, rival));
  return rows;
}

/** Every question is asked twice, the second time once all have been answered: what is kept may serve again. */
async function pass(options: RunOptions, { cheap = true, promptCache = false } = {}): Promise<Outcome> {
  const questions = musique(QUESTIONS);
  const warmUp = countryQuestions();
  const bed = await openBed({
    ...{ questions: [...warmUp, ...questions], seed: SEED, slots: SLOTS },
    ...{ cheap, promptCache },
  });
  try {
    const load = { questions, options: { strategy: 'cost', ...options } as const, concurrency: AT_ONCE };
    const [first, second] = [await bed.answer(load), await bed.answer(load)];
    return {
      seconds: first.seconds + second.seconds,
      rows: [...first.rows, ...second.rows],
      right: first.right + second.right,
      entries: [...first.entries, ...second.entries],
      dollars: first.dollars + second.dollars,
    };
  } finally {
    await bed.close();
  }
}

function uncachedDollars({ entries }: Outcome): number {
  return entries.reduce((sum, { model = '', inputTokens, outputTokens, known, dollars }) => {
    if (!known || dollars === 0) return sum;
    const price = tokenPrice({ provider: 'openai', name: PRICED_AS[model.replace('oracle:', '')]! })!;
    return sum + inputTokens * price.input + outputTokens * price.output;
  }, 0);
}

function dollarsOf({ dollars, right }: Outcome): number {
  return dollars / right;
}

function row(id: string, value: number, rivalValue: number, rival: string): Row {
  const ratio = value / rivalValue;
  return { id, value, unit: '$ an answer', rival, rivalValue, ratio, spread: [ratio, ratio] };
}

function wordsOf(what: string, { rows, right, dollars, entries, seconds }: Outcome): string {
  const answered = entries.filter(({ known, reused }) => known && reused !== true).length;
  return (
    `${what}: ${right} of ${rows.length} right, $${dollars.toFixed(4)}, ${answered} requests answered, ` +
    `${seconds.toFixed(0)} s`
  );
}
