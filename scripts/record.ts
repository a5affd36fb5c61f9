/**
 * `npm run record [-- answers|histories]`: makes the recordings anew: the answers of a real model to the built-in
 * question (of KGOT_MODEL, else of the local model beside the repository), and the histories that tests replay.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../bench/foreign-server.ts';
import { builtInDocuments } from '../cli/built-in-documents.ts';
import { BUILT_IN_OPTIONS, BUILT_IN_QUESTION, BUILT_IN_RECORDING, isBuiltInAnswer } from '../cli/built-in-question.ts';
import { storeDocuments } from '../cli/documents.ts';
import { openRuntime } from '../cli/runtime/open-runtime.ts';
import { progressLine } from '../cli/show/run.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { startRun } from '../src/client/client.ts';
import type { RunModels } from '../src/domain/run.ts';
import { resolveModels } from '../src/model/resolve.ts';
import { recordHistories } from './record-histories.ts';

/** A wrong answer is asked for again: but for the first sample, a model's answers vary. */
const ATTEMPTS = 3;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const what = process.argv[2] ?? 'all';
if (!['all', 'answers', 'histories'].includes(what)) {
  say(`Give answers or histories, or nothing for both, not ${JSON.stringify(what)}.`);
  process.exit(2);
}
if (what !== 'histories') await recordAnswers();
if (what !== 'answers') await recordHistories(say);
process.exit(0);

async function recordAnswers(): Promise<void> {
  let local: ChildProcess | undefined;
  let models = resolveModels({});
  if (models === undefined) {
    const port = await freePort();
    local = startLocalModel(port);
    models = await untilUp(`http://127.0.0.1:${port}/v1`);
  }
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      say(`Attempt ${attempt} of ${ATTEMPTS}: ${models.planner.name} answers the built-in question.`);
      if (await recordOnce(models)) return;
    }
    say('No attempt gave the right answer with two tools: the recording is left as it was.');
    process.exitCode = 1;
  } finally {
    local?.kill('SIGTERM');
  }
}

/** @returns whether the answer was right, and more than one tool helped: only then the recording is kept */
async function recordOnce(models: RunModels): Promise<boolean> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-record-'));
  const file = join(data, 'recording.json');
  process.env['KGOT_RECORD'] = file;
  // A recording is of the tools that every run has.
  process.env['KGOT_WEB'] = 'off';
  const runtime = await openRuntime({ data, log: say });
  try {
    const documents = await storeDocuments(openDirectoryStore(runtime.artifactsDirectory), builtInDocuments());
    const input = { question: BUILT_IN_QUESTION, documents, options: { ...BUILT_IN_OPTIONS, models } };
    const handle = await startRun(runtime.client, input, { id: 'record' });
    const done = new AbortController();
    const looking = (async () => {
      for (let last = ''; !done.signal.aborted;) {
        const line = await handle.progress().then(progressLine, () => last);
        if (line !== last) say(line);
        last = line;
        await delay(1_000, undefined, { signal: done.signal }).catch(() => undefined);
      }
    })();
    const result = await handle.result().finally(() => done.abort());
    await looking;
    const tools = new Set(result.evidence.map(({ source }) => /\w+(?=\(|$)/.exec(source)![0]));
    const right = isBuiltInAnswer(result.answer) && result.endReason === 'solved' && tools.size > 1;
    say(`Answer: ${result.answer} (${result.endReason}, by ${[...tools].join(', ')}): ${right ? 'kept' : 'not kept'}`);
    if (!right) return false;
    const recordings = fileURLToPath(new URL('../src/model/recordings/', import.meta.url));
    await mkdir(recordings, { recursive: true });
    await rename(file, join(recordings, `${BUILT_IN_RECORDING}.json`));
    return true;
  } finally {
    delete process.env['KGOT_RECORD'];
    await runtime.close();
    await rm(data, { recursive: true, force: true });
  }
}

function startLocalModel(port: number): ChildProcess {
  const script = fileURLToPath(new URL('../../shared/local-model/start.sh', import.meta.url));
  if (!existsSync(script)) {
    say('There is no model to record: set KGOT_MODEL (see the README).');
    process.exit(2);
  }
  say('Starting the local model (1.2 GB at the first time) …');
  return spawn('bash', [script, String(port), '1'], { stdio: ['ignore', 2, 2] });
}

async function untilUp(url: string): Promise<RunModels> {
  const deadline = Date.now() + 900_000;
  while (Date.now() < deadline) {
    try {
      const { data } = (await (await fetch(`${url}/models`)).json()) as { data: { id: string }[] };
      const model = { provider: 'openai-compatible', name: data[0]!.id, url };
      return { planner: model, executor: model };
    } catch {
      await delay(500);
    }
  }
  throw new Error('The local model did not start within 15 minutes.');
}
