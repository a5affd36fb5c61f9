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
import type { RunningOracle } from '../../cli/eval/start-oracle.ts';
import type { Runtime } from '../../cli/runtime/open-runtime.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { readCostEntries } from '../../src/cost/call-records.ts';
import type { CostEntry } from '../../src/cost/cost-report.ts';
import { PRICE_LIST_DATE, priceOf, tokenPrice } from '../../src/cost/prices.ts';
import type { BatchRow } from '../../src/domain/batch.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import type { RunInput, RunModels, RunOptions } from '../../src/domain/run.ts';
import { canonicalJson } from '../../src/domain/text.ts';
import { openBenchRuntime, untilInterrupted } from '../interrupt.ts';

/** Questions of MuSiQue's development set, which the project's shared folder holds. */
const MUSIQUE = fileURLToPath(new URL('../../../shared/data/musique-dev.jsonl', import.meta.url));

/** How oracles answer in every load: the strong one breaks a fifth of its requests, the cheap one two fifths. */
export const NOISE = { oracle: 0.2, [CHEAP_ORACLE]: 0.4 } as const;
/** Milliseconds: log-normal, like the latencies of services. */
export const DELAY = { median: 800, sigma: 0.5 } as const;

/** The strong oracle is priced as GPT-4o, the cheap one as GPT-4o mini: US dollars a million tokens. */
export const PRICED_AS: Readonly<Record<string, string>> = { oracle: 'gpt-4o', [CHEAP_ORACLE]: 'gpt-4o-mini' };
const PRICES = {
  date: PRICE_LIST_DATE,
  ...Object.fromEntries(Object.entries(PRICED_AS).map(([oracle, model]) => [`oracle:${oracle}`, millionOf(model)])),
};

function millionOf(name: string): { input: number; cachedInput: number; output: number } {
  const model = { provider: 'openai', name };
  const { input, output } = tokenPrice(model)!;
  const cachedInput = priceOf(model, { inputTokens: 1e6, cachedInputTokens: 1e6, outputTokens: 0 })!;
  return { input: 1e6 * input, cachedInput, output: 1e6 * output };
}

export interface Load {
  questions: readonly Question[];
  options: RunOptions;
  /** Runs at once. */
  concurrency: number;
}

export interface BedOptions {
  /** All that will be asked. */
  questions: readonly Question[];
  seed: number;
  /** Worker processes. @default 1 */
  workers?: number;
  /** Calls of a model at once, of each worker. @default 16, as many as a hosted model usually allows */
  slots?: number;
  /** Whether runs have a cheap model. @default true */
  cheap?: boolean;
  /** Whether the oracles tell cached tokens, as providers with prompt caches do. @default false */
  promptCache?: boolean;
}

/** A server, workers and two oracles in a data directory of their own. */
export interface Bed {
  answer(load: Load): Promise<Outcome>;
  close(): Promise<void>;
}

/** How a load went. */
export interface Outcome {
  /** From the first start to the last answer. */
  seconds: number;
  rows: readonly BatchRow[];
  /** Answers that match exactly. */
  right: number;
  entries: readonly CostEntry[];
  /** US dollars of the known requests. */
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

export async function openBed({
  questions,
  seed,
  workers = 1,
  slots = 16,
  cheap = true,
  promptCache = false,
}: BedOptions): Promise<Bed> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  // The oracles stand for hosted models, and have their prices.
  process.env['KGOT_MODEL_CONCURRENCY'] = String(slots);
  process.env['KGOT_PRICES'] = join(data, 'prices.json');
  await writeFile(process.env['KGOT_PRICES'], JSON.stringify(PRICES));
  const file = join(data, 'questions.jsonl');
  const texts = new Map(questions.map((question) => [question.question, question]));
  await writeFile(file, [...texts.values()].map((question) => `${JSON.stringify(question)}\n`).join(''));
  let oracle: RunningOracle | undefined;
  let runtime: Runtime | undefined;
  const close = async (): Promise<void> => {
    await runtime?.close();
    oracle?.close();
    delete process.env['KGOT_PRICES'];
    await rm(data, { recursive: true, force: true });
  };
  try {
    oracle = await untilInterrupted(() =>
      startOracle({
        file,
        noise: { probability: NOISE.oracle, seed },
        cheapNoise: { probability: NOISE[CHEAP_ORACLE], seed },
        latency: { ...DELAY, seed },
        promptCache,
      }),
    );
    runtime = await openBenchRuntime({ data, log: () => undefined });
  } catch (error) {
    await close();
    throw error;
  }
  const opened = runtime;
  for (let more = 1; more < workers; more += 1) {
    await opened.startWorker(Object.values(QUEUES).join(','), []);
  }
  const model = { provider: 'oracle', name: 'oracle', url: oracle.url };
  const models: RunModels = {
    ...{ planner: model, executor: model },
    ...(cheap ? { cheap: { ...model, name: CHEAP_ORACLE } } : {}),
  };
  let loads = 0;
  return {
    answer: (load) =>
      untilInterrupted(async () => {
        loads += 1;
        const began = performance.now();
        const rows = await answerBatch(opened, `load-${loads}`, load, models);
        const seconds = (performance.now() - began) / 1_000;
        return { seconds, rows, ...(await scored(opened, load, rows)) };
      }),
    close,
  };
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
  return { right, entries, dollars: entries.reduce((sum, entry) => sum + (entry.known ? entry.dollars! : 0), 0) };
}
