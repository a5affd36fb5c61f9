import { STRATEGIES } from '../../src/domain/plan.ts';
import type { OptimizationStrategy } from '../../src/domain/plan.ts';
import { NOTHING_SEEN, planExecution } from '../../src/domain/plan-execution.ts';
import type { RunOptions } from '../../src/domain/run.ts';
import { countryQuestions } from '../country-questions.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { DELAY, musique, openBed } from './load.ts';
import type { Outcome } from './load.ts';
import { referenceDollars } from './reference.ts';

const SEED = 7;
const QUESTIONS = 40;
const BATCH = 100;
const WORKERS = 4;
/** Runs at once where none is to wait for another. */
const LIGHT = 4;
/** Calls at once of a model there, more than they ever need. */
const LIGHT_SLOTS = 64;
/** Calls of the reference implementation in a round of one tool, one after the other. */
const REFERENCE_CALLS = 34;

/** What whole runs take and cost by strategy: one seeded pass each. */
export async function strategyRows({ log }: BenchOptions): Promise<Row[]> {
  const light = new Map<OptimizationStrategy, Outcome>();
  for (const strategy of STRATEGIES) light.set(strategy, await pass({ strategy }, LIGHT, log, LIGHT_SLOTS));
  const full = new Map<OptimizationStrategy, Outcome>();
  for (const strategy of ['throughput', 'balanced'] as const) {
    const { concurrency } = planExecution({ strategy }, NOTHING_SEEN);
    full.set(strategy, await pass({ strategy }, concurrency, log));
  }
  const times = (strategy: OptimizationStrategy): number => secondsOf(light.get(strategy)!);
  const costs = (strategy: OptimizationStrategy): number => costOf(light.get(strategy)!);
  const rates = (strategy: OptimizationStrategy): number => rateOf(full.get(strategy)!);
  const reference = referenceDollars(light.get('balanced')!);
  const worst = {
    latency: times('balanced') / times('latency'),
    throughput: rates('throughput') / rates('balanced'),
    cost: costs('balanced') / costs('cost'),
  };
  const [worstOn, worstRatio] = Object.entries(worst).sort(([, a], [, b]) => b - a)[0]!;
  return [
    await batchRow(log),
    row(
      { id: 'cost-vs-reference', unit: '$ an answer', rival: 'the reference’s calls' },
      costs('cost'),
      reference,
      '≤ 0.4',
    ),
    row(
      { id: 'balanced-cost-vs-reference', unit: '$ an answer', rival: 'the reference’s calls' },
      ...([costs('balanced'), reference, '≤ 0.6'] as const),
    ),
    row(
      { id: 'latency', unit: 's a question', rival: 'BALANCED' },
      times('latency'),
      times('balanced'),
      '≥ 1.2',
      INVERSE,
    ),
    row({ id: 'throughput', unit: 'questions/s', rival: 'BALANCED' }, rates('throughput'), rates('balanced'), '≥ 1.2'),
    row({ id: 'cost', unit: '$ an answer', rival: 'BALANCED' }, costs('cost'), costs('balanced'), '≥ 1.2', INVERSE),
    row(
      { id: 'balanced', unit: 'times', rival: `the specialist, of three: ${worstOn}` },
      ...([worstRatio, 1, '≤ 1.5'] as const),
    ),
    await autoRow(light, log),
  ];
}

/** Answers the questions in a bed of their own, after some others by which it is measured what calls take. */
export async function pass(
  options: RunOptions,
  concurrency: number,
  log: BenchOptions['log'],
  slots?: number,
): Promise<Outcome> {
  const questions = musique(QUESTIONS);
  const warmUp = countryQuestions();
  const bed = await openBed({
    ...{ questions: [...warmUp, ...questions], seed: SEED },
    ...(slots === undefined ? {} : { slots }),
  });
  try {
    await bed.answer({ questions: warmUp, options, concurrency });
    const outcome = await bed.answer({ questions, options, concurrency });
    log(`${options.strategy}, ${concurrency} at once: ${wordsOf(outcome)}`);
    return outcome;
  } finally {
    await bed.close();
  }
}

/** The reference answers one question after the other, each call after the one before it, and meets no noise. */
export async function batchRow(log: BenchOptions['log']): Promise<Row> {
  const questions = musique(BATCH);
  const warmUp = countryQuestions();
  const bed = await openBed({ questions: [...warmUp, ...questions], seed: SEED, workers: WORKERS });
  try {
    const { concurrency } = planExecution({}, NOTHING_SEEN);
    await bed.answer({ questions: warmUp, options: {}, concurrency });
    const outcome = await bed.answer({ questions, options: {}, concurrency: WORKERS * concurrency });
    log(`a batch on ${WORKERS} workers: ${wordsOf(outcome)}`);
    // Its last round is the one that solves.
    const rounds = outcome.rows.reduce((sum, { rounds: played = 0 }) => sum + Math.max(1, played - 1), 0);
    const meanDelay = (DELAY.median * Math.exp(DELAY.sigma ** 2 / 2)) / 1_000;
    const sequential = BATCH / (rounds * REFERENCE_CALLS * meanDelay);
    return row(
      { id: 'batch-vs-reference', unit: 'questions/s', rival: 'the reference’s order, computed' },
      rateOf(outcome),
      sequential,
      '≥ 30',
    );
  } finally {
    await bed.close();
  }
}

/** Of two task types one is asked for fast answers and one for cheap ones. */
const TASKS = [
  { taskType: 'interactive', target: { seconds: 0.001 }, measure: secondsOf },
  { taskType: 'bulk', target: { dollars: 1e-9 }, measure: costOf },
] as const;

/** Executions of a task type that `auto` learns from: each strategy is tried, and some go by what was learned. */
const LEARNED_FROM = 20;
/** So many begin before one has ended: each strategy is tried as often. */
const LEARNED_AT_ONCE = 4;

/**
 * The load's measure: the geometric mean of seconds a question of the one task type and dollars an answer of the other.
 * Every fixed strategy answers the same questions.
 */
export async function autoRow(
  fixed: ReadonlyMap<OptimizationStrategy, Outcome>,
  log: BenchOptions['log'],
): Promise<Row> {
  const all = musique(QUESTIONS + LEARNED_FROM);
  const [questions, earlier] = [all.slice(0, QUESTIONS), all.slice(QUESTIONS)];
  const measured: number[] = [];
  for (const { taskType, target, measure } of TASKS) {
    const options: RunOptions = { strategy: 'auto', taskType, target };
    // A bed for each: like the fixed strategies, none finds what was paid for before.
    const bed = await openBed({ questions: all, seed: SEED, slots: LIGHT_SLOTS });
    try {
      await bed.answer({ questions: earlier, options: { ...options, cache: false }, concurrency: LEARNED_AT_ONCE });
      const outcome = await bed.answer({ questions, options, concurrency: LIGHT });
      log(`auto, ${taskType}: ${wordsOf(outcome)}`);
      measured.push(measure(outcome));
    } finally {
      await bed.close();
    }
  }
  const scores = [...fixed].map(([strategy, outcome]) => ({
    strategy,
    score: geometricMean(TASKS.map(({ measure }) => measure(outcome))),
  }));
  const best = scores.reduce((a, b) => (b.score < a.score ? b : a));
  return row(
    { id: 'auto', unit: '√(s × $)', rival: `the best fixed strategy: ${best.strategy}` },
    ...([geometricMean(measured), best.score, '≥ 1.0', INVERSE] as const),
  );
}

/** Less is better: the ratio says by how many times the rival has more. */
const INVERSE = { inverse: true };

function row(
  { id, unit, rival }: { id: string; unit: string; rival: string },
  value: number,
  rivalValue: number,
  goal: string,
  { inverse = false } = {},
): Row {
  const ratio = inverse ? rivalValue / value : value / rivalValue;
  const [sign, bound] = goal.split(' ');
  const holds = sign === '≥' ? ratio >= Number(bound) : ratio <= Number(bound);
  return { id, value, unit, rival, rivalValue, ratio, spread: [ratio, ratio], goal: `ratio ${goal}`, holds };
}

/** Mean seconds of a question. */
function secondsOf({ rows }: Outcome): number {
  return rows.reduce((sum, { seconds }) => sum + seconds, 0) / rows.length;
}

/** Dollars of a correct answer. */
function costOf({ dollars, right }: Outcome): number {
  return dollars / right;
}

/** Questions answered a second. */
function rateOf({ rows, seconds }: Outcome): number {
  return rows.length / seconds;
}

function geometricMean(values: readonly number[]): number {
  return values.reduce((product, value) => product * value, 1) ** (1 / values.length);
}

function wordsOf(outcome: Outcome): string {
  const { rows, right, seconds, dollars, entries } = outcome;
  const unknown = entries.filter(({ known }) => !known).length;
  return (
    `${right} of ${rows.length} right, ${seconds.toFixed(0)} s, ${secondsOf(outcome).toFixed(2)} s a question, ` +
    `$${dollars.toFixed(4)}, ${entries.length - unknown} requests answered, ${unknown} not`
  );
}
