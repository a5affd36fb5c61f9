import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storeDocuments } from '../../cli/documents.ts';
import { documentsFor, readQuestions } from '../../cli/eval/data.ts';
import type { Question } from '../../cli/eval/data.ts';
import { CHEAP_ORACLE } from '../../cli/eval/noise.ts';
import { scoreAnswer } from '../../cli/eval/score.ts';
import { startOracle } from '../../cli/eval/start-oracle.ts';
import { openRuntime } from '../../cli/runtime/open-runtime.ts';
import type { Runtime } from '../../cli/runtime/open-runtime.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { readCostEntries } from '../../src/cost/call-records.ts';
import type { CostEntry } from '../../src/cost/cost-report.ts';
import { priceOf } from '../../src/cost/prices.ts';
import type { BatchRow } from '../../src/domain/batch.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import type { RunInput, RunModels, RunOptions } from '../../src/domain/run.ts';
import { canonicalJson } from '../../src/domain/text.ts';
import { countryQuestions } from '../country-questions.ts';
import { untilInterrupted } from '../interrupt.ts';

/** Questions of MuSiQue's development set, which the project's shared folder holds. */
const MUSIQUE = fileURLToPath(new URL('../../../shared/data/musique-dev.jsonl', import.meta.url));

/** How oracles answer in every load: the strong one breaks a fifth of its requests, the cheap one two fifths. */
export const NOISE = { oracle: 0.2, [CHEAP_ORACLE]: 0.4 } as const;
/** Milliseconds: log-normal, like the latencies of services. */
export const DELAY = { median: 800, sigma: 0.5 } as const;

export interface Load {
  questions: readonly Question[];
  options: RunOptions;
  /** Runs at once. */
  concurrency: number;
  /** Worker processes. @default 1 */
  workers?: number;
  seed: number;
  noise?: Record<'oracle' | typeof CHEAP_ORACLE, number>;
  delay?: { median: number; sigma: number };
}

/** How a load went. */
export interface Outcome {
  /** From the first start to the last answer. */
  seconds: number;
  rows: readonly BatchRow[];
  /** Answers that match exactly. */
  right: number;
  entries: readonly CostEntry[];
  /** US dollars of the known requests, as OpenAI prices them. */
  dollars: number;
}

export function musique(count: number): Question[] {
  if (!existsSync(MUSIQUE)) throw new Error(`The questions of this benchmark are not there: ${MUSIQUE}`);
  const all = readQuestions(MUSIQUE);
  // The same question once more is another one: the oracle draws anew.
  return Array.from({ length: count }, (_, index) => {
    const question = all[index % all.length]!;
    return index < all.length ? question : { ...question, id: `${question.id}-${Math.floor(index / all.length) + 1}` };
  });
}

/** Answers a load in a data directory and with workers and oracles of its own, after some other questions as a warm-up. */
export async function answerLoad(load: Load): Promise<Outcome> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  // The oracles stand for hosted models: as many calls at once as one usually allows.
  process.env['KGOT_MODEL_CONCURRENCY'] = '16';
  const file = join(data, 'questions.jsonl');
  const warmUp = countryQuestions();
  const texts = new Map([...warmUp, ...load.questions].map((question) => [question.question, question]));
  await writeFile(file, [...texts.values()].map((question) => `${JSON.stringify(question)}\n`).join(''));
  const { noise = NOISE, delay = DELAY, seed } = load;
  const oracle = await startOracle({
    file,
    noise: { probability: noise.oracle, seed },
    cheapNoise: { probability: noise[CHEAP_ORACLE], seed },
    latency: { ...delay, seed },
  });
  const runtime = await openRuntime({ data, log: () => undefined });
  const model = { provider: 'oracle', name: 'oracle', url: oracle.url };
  const models: RunModels = { planner: model, executor: model, cheap: { ...model, name: CHEAP_ORACLE } };
  try {
    return await untilInterrupted(async () => {
      for (let more = 1; more < (load.workers ?? 1); more += 1) {
        await runtime.startWorker(Object.values(QUEUES).join(','), []);
      }
      await answerBatch(runtime, 'warm-up', { ...load, questions: warmUp }, models);
      const began = performance.now();
      const rows = await answerBatch(runtime, 'load', load, models);
      const seconds = (performance.now() - began) / 1_000;
      return { seconds, rows, ...(await scored(runtime, load, rows)) };
    });
  } finally {
    await runtime.close();
    oracle.close();
    await rm(data, { recursive: true, force: true });
  }
}

async function answerBatch(
  runtime: Runtime,
  id: string,
  { questions, options, concurrency }: Load,
  models: RunModels,
): Promise<BatchRow[]> {
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const documents = documentsFor(questions);
  const asked = [];
  for (const { id: name, question } of questions) {
    const input: RunInput = {
      question,
      documents: await storeDocuments(artifacts, documents.get(name)!),
      options: { ...options, models },
    };
    asked.push({ id: name, inputSha256: await artifacts.putContent(canonicalJson(input)) });
  }
  return runtime.client.workflow.execute<(input: object) => Promise<BatchRow[]>>('answerBatch', {
    args: [{ questions: asked, concurrency }],
    workflowId: id,
    taskQueue: QUEUES.runs,
    workflowTaskTimeout: '5s',
  });
}

async function scored(
  runtime: Runtime,
  { questions }: Load,
  rows: readonly BatchRow[],
): Promise<Pick<Outcome, 'right' | 'entries' | 'dollars'>> {
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const byId = new Map(questions.map((question) => [question.id, question]));
  const entries: CostEntry[] = [];
  let right = 0;
  for (const { id, answer, workflowId, error } of rows) {
    if (error !== undefined) continue;
    const question = byId.get(id)!;
    if (scoreAnswer(answer ?? '', [question.answer, ...question.aliases]).exactMatch) right += 1;
    const { run } = await runtime.client.workflow.getHandle(workflowId).query<{ run: string }>('graph');
    entries.push(...(await readCostEntries(artifacts, run, id)));
  }
  return { right, entries, dollars: dollarsOf(entries) };
}

/** The strong oracle is priced as GPT-4o, the cheap one as GPT-4o mini. */
export function dollarsOf(entries: readonly CostEntry[]): number {
  return entries.reduce((sum, { known, model, ...usage }) => {
    if (!known || model === undefined) return sum;
    const name = model.endsWith(`:${CHEAP_ORACLE}`) ? 'gpt-4o-mini' : 'gpt-4o';
    return sum + priceOf({ provider: 'openai', name }, usage)!;
  }, 0);
}
