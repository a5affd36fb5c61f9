import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { countryQuestions } from '../bench/country-questions.ts';
import { startStubModel } from '../bench/stub-model.ts';
import { storeDocuments } from '../cli/documents.ts';
import { CHEAP_ORACLE } from '../cli/eval/noise.ts';
import { startOracle } from '../cli/eval/start-oracle.ts';
import { openRuntime } from '../cli/runtime/open-runtime.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { startRun } from '../src/client/client.ts';
import { QUEUES } from '../src/domain/queues.ts';
import type { RunInput } from '../src/domain/run.ts';
import { canonicalJson } from '../src/domain/text.ts';

const { History } = proto.temporal.api.history.v1;

/** Where the histories lie, in Temporal's binary form; `older-…` are of versions without plans, and stay as they are. */
export const HISTORIES = fileURLToPath(new URL('../test/histories/', import.meta.url));

/** Votes that a run sends first. */
const VOTES = 3;

/** Plays runs of different courses and keeps their histories, from which tests replay today's workflow code. */
export async function recordHistories(say: (line: string) => void): Promise<void> {
  // Models of this host would get their calls one at a time.
  process.env['KGOT_MODEL_CONCURRENCY'] = '16';
  const data = await mkdtemp(join(tmpdir(), 'kgot-histories-'));
  const file = join(data, 'questions.jsonl');
  const questions = countryQuestions();
  await writeFile(file, questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const calm = await startOracle({ file });
  const noisy = await startOracle({ file, noise: { probability: 0.3, seed: 7 } });
  const hanging = await startStubModel(() => 'hang');
  const runtime = await openRuntime({ data, log: say });
  try {
    const artifacts = openDirectoryStore(runtime.artifactsDirectory);
    const inputOf = async (index: number, url: string, options: RunInput['options'] = {}): Promise<RunInput> => {
      const { question, paragraphs } = questions[index]!;
      const model = { provider: 'oracle', name: 'oracle', url };
      const documents = paragraphs.map(({ title, text }) => ({ name: title, mediaType: 'text/markdown', text }));
      return {
        question,
        documents: await storeDocuments(artifacts, documents),
        options: { models: { planner: model, executor: model }, ...options },
      };
    };
    const keep = async (name: string, id: string): Promise<void> => {
      const history = await runtime.client.workflow.getHandle(id).fetchHistory();
      await mkdir(HISTORIES, { recursive: true });
      const bytes = History.encode(History.fromObject(withoutTraces(history))).finish();
      await writeFile(join(HISTORIES, `${name}.bin`), bytes);
      say(`${name}: ${history.events?.length ?? 0} events`);
    };
    const play = async (name: string, input: RunInput): Promise<void> => {
      await (await startRun(runtime.client, input, { id: name })).result();
      await keep(name, name);
    };
    await play('solved', await inputOf(0, calm.url));
    await play('solved-directly', await inputOf(1, calm.url, { retrieval: 'direct' }));
    await play('noise', await inputOf(0, noisy.url));
    await play('forced', { ...(await inputOf(0, calm.url, { rounds: 2 })), documents: [] });
    await play('out-of-budget', await inputOf(0, calm.url, { budget: { tokens: 12_000 } }));

    const cheap = { provider: 'oracle', name: CHEAP_ORACLE, url: noisy.url };
    // Its calls have been measured by now: slow ones are made twice.
    await play('latency', await inputOf(0, noisy.url, { strategy: 'latency' }));
    const costs = await inputOf(1, noisy.url, { strategy: 'cost' });
    await play('cost', { ...costs, options: { ...costs.options, models: { ...costs.options!.models!, cheap } } });

    const cancelled = await startRun(
      runtime.client,
      { question: 'Who leads Peru?', options: { models: hanging.models } },
      { id: 'cancelled' },
    );
    while (hanging.requests.length < VOTES) await cancelled.progress();
    await cancelled.cancel();
    await cancelled.result().catch(() => undefined);
    await keep('cancelled', 'cancelled');

    const inputs = await Promise.all([0, 1].map((index) => inputOf(index, calm.url)));
    const asked = await Promise.all(
      inputs.map(async (input, index) => ({
        id: `question-${index}`,
        inputSha256: await artifacts.putContent(canonicalJson(input)),
      })),
    );
    await runtime.client.workflow.execute('answerBatch', {
      args: [{ questions: asked, concurrency: 1 }],
      workflowId: 'batch',
      taskQueue: QUEUES.runs,
    });
    await keep('batch', 'batch');
  } finally {
    await runtime.close();
    calm.close();
    noisy.close();
    await hanging.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** Without the paths and host names of the machine that recorded it: replay does not look at them. */
function withoutTraces<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutTraces(item)) as T;
  if (typeof value === 'string') return value.replaceAll(hostname(), 'host') as T;
  if (
    value === null ||
    typeof value !== 'object' ||
    value.constructor.name === 'Uint8Array' ||
    Buffer.isBuffer(value)
  ) {
    return value;
  }
  if ('low' in value && 'high' in value) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'stackTrace' ? '' : name === 'identity' ? 'recorded' : withoutTraces(member as unknown),
    ]),
  ) as T;
}
