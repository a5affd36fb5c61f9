import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startOracle } from '../cli/eval/start-oracle.ts';
import type { RunningOracle } from '../cli/eval/start-oracle.ts';
import { storeDocuments } from '../cli/documents.ts';
import { answers } from '../cli/runtime/embedded-server.ts';
import { servicesDown } from '../cli/services/down.ts';
import { servicesUp } from '../cli/services/up.ts';
import type { Runtime } from '../cli/runtime/open-runtime.ts';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { startRun } from '../src/client/client.ts';
import { readServices, SERVICE_NAMES } from '../src/config/services-state.ts';
import type { ServiceName } from '../src/config/services-state.ts';
import { readServerState } from '../src/config/server-state.ts';
import { readLedgerEntries } from '../src/cost/call-records.ts';
import { sumEntries } from '../src/domain/ledger.ts';
import { QUEUES } from '../src/domain/queues.ts';
import type { RunInput, RunResult } from '../src/domain/run.ts';
import { canonicalJson } from '../src/domain/text.ts';
import { GraphWriters } from './graph-writers.ts';
import { openBenchRuntime, untilInterrupted } from './interrupt.ts';
import { countryQuestions } from './country-questions.ts';
import { unitOf } from './random.ts';
import { median } from './rows.ts';

/** Faults that go together: where the graph of the disturbed run is, when that is a server's. */
export const STAGES = [
  { graph: undefined, faults: ['worker', 'server'] },
  { graph: 'neo4j', faults: ['neo4j', 'graph-worker'] },
  { graph: 'rdf4j', faults: ['rdf4j'] },
] as const;

export type Fault = (typeof STAGES)[number]['faults'][number];
export const FAULTS: readonly Fault[] = STAGES.flatMap(({ faults }) => faults);

export interface Trial {
  /** Seconds after the start. */
  killedAfter: number;
  seconds: number;
  /** From the kill until the part was back: the worker polls, the server answers. */
  restartSeconds: number;
  /** What the run took beyond an undisturbed one, the restart, and one call made again. */
  lostSeconds: number;
  /** Unknown entries of the ledger: requests whose answer never came back. */
  unknown: number;
  /** What must never be: a wrong answer, a batch twice, a recorded call repeated, a ledger that is not exact. */
  problems: string[];
}

export interface FaultReport {
  times: number;
  seed: number;
  undisturbedSeconds: number;
  mostLostSeconds: number;
  problems: number;
  holds: boolean;
  trials: Trial[];
}

/** Milliseconds of one call of the oracle: long enough that a kill mostly meets calls in flight. */
const LATENCY = 200;

/** Seconds that a fault may cost beyond the restart and the calls in flight. */
const MOST_LOST = 8;

/**
 * Kills a part of kgot with SIGKILL once in each of `times` runs, at a moment drawn uniformly over an undisturbed run,
 * and checks what it left.
 *
 * @param faults one after the other, all of one of the {@link STAGES}
 */
export async function injectFaults(
  faults: readonly Fault[],
  { times, seed, log }: { times: number; seed: number; log(line: string): void },
): Promise<FaultReport[]> {
  const { graph } = STAGES.find((stage) => faults.every((fault) => stage.faults.some((one) => one === fault)))!;
  const data = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  try {
    if (graph !== undefined) await untilInterrupted(() => startGraphServer(graph, data));
    return await injectInto(data, faults, { graph, times, seed, log });
  } finally {
    await servicesDown({ data, names: SERVICE_NAMES, ...quiet });
    await rm(data, { recursive: true, force: true });
  }
}

async function injectInto(
  data: string,
  faults: readonly Fault[],
  { graph, times, seed, log }: { graph: ServiceName | undefined; times: number; seed: number; log(line: string): void },
): Promise<FaultReport[]> {
  const questions = countryQuestions();
  const file = join(data, 'questions.jsonl');
  await writeFile(file, questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const oracle = await startOracle({ file, latency: LATENCY });
  const runtime = await openBenchRuntime({ data, log: () => undefined });
  const disturb = async (): Promise<FaultReport[]> => {
    const artifacts = openDirectoryStore(runtime.artifactsDirectory);
    const { question, answer, paragraphs } = questions[0]!;
    const model = { provider: 'oracle', name: 'oracle', url: oracle.url };
    const input: RunInput = {
      question,
      documents: await storeDocuments(
        artifacts,
        paragraphs.map(({ title, text }) => ({ name: title, mediaType: 'text/markdown', text })),
      ),
      options: { models: { planner: model, executor: model }, ...(graph === undefined ? {} : { graph }) },
    };
    const play: Play = { runtime, artifacts, oracle, input, answer, ...(graph === undefined ? {} : { graph }) };
    await playOnce(play, 'warm-up');
    const undisturbed: number[] = [];
    for (let run = 1; run <= Math.min(3, times); run += 1)
      undisturbed.push((await playOnce(play, `undisturbed-${run}`)).seconds);
    const undisturbedSeconds = median(undisturbed);
    log(`An undisturbed run takes ${undisturbedSeconds.toFixed(2)} s.`);
    const reports: FaultReport[] = [];
    for (const fault of faults) reports.push(await reportOn(fault, play, undisturbedSeconds));
    return reports;
  };
  const reportOn = async (fault: Fault, play: Play, undisturbedSeconds: number): Promise<FaultReport> => {
    const trials: Trial[] = [];
    for (let index = 1; index <= times; index += 1) {
      const killAfter = draw(seed, index) * undisturbedSeconds;
      const played = await playOnce(play, `${fault}-${index}`, { fault, killAfter, data });
      const { seconds, restartSeconds, unknown, problems } = played;
      const lostSeconds = Math.max(0, seconds - undisturbedSeconds - restartSeconds - LATENCY / 1000);
      const trial = { killedAfter: killAfter, seconds, restartSeconds, lostSeconds, unknown, problems };
      trials.push(trial);
      log(
        `trial ${index} of ${times}: killed after ${killAfter.toFixed(2)} s, took ${seconds.toFixed(2)} s, ` +
          `restart ${restartSeconds.toFixed(2)} s, lost beyond ${lostSeconds.toFixed(2)} s, problems: ${problems.join('; ') || 'none'}`,
      );
    }
    const mostLostSeconds = Math.max(...trials.map(({ lostSeconds }) => lostSeconds));
    const problems = trials.reduce((sum, trial) => sum + trial.problems.length, 0);
    // What a graph server takes to start again is its own affair, and so is what it takes while others write to it.
    const holds = problems === 0 && (graph !== undefined || mostLostSeconds <= MOST_LOST);
    return { times, seed, undisturbedSeconds, mostLostSeconds, problems, holds, trials };
  };
  try {
    return await untilInterrupted(disturb);
  } finally {
    await runtime.close();
    oracle.close();
  }
}

const quiet = { log: (): void => undefined, signal: new AbortController().signal };

/** A server of its own in the data directory, whatever the environment names: it is killed. */
async function startGraphServer(name: ServiceName, data: string): Promise<void> {
  delete process.env['NEO4J_URI'];
  delete process.env['RDF4J_URL'];
  await servicesUp({ data, names: [name], ...quiet });
}

/** A number from 0 to 1, always the same for a seed and a trial. */
function draw(seed: number, trial: number): number {
  return unitOf(`${seed} ${trial}`);
}

interface Play {
  runtime: Runtime;
  artifacts: ArtifactStore;
  oracle: RunningOracle;
  input: RunInput;
  answer: string;
  graph?: ServiceName;
}

interface Disturbance {
  fault: Fault;
  /** Seconds. */
  killAfter: number;
  data: string;
}

async function playOnce(play: Play, id: string, disturbance?: Disturbance) {
  const { runtime, oracle, input } = play;
  const before = await oracle.stats();
  const started = performance.now();
  const writers =
    play.graph === undefined || disturbance === undefined
      ? undefined
      : new GraphWriters(play.graph, {
          data: disturbance.data,
          artifactsDirectory: runtime.artifactsDirectory,
          name: id,
        });
  const handle = await startRun(runtime.client, input, { id });
  const restarting = disturbance === undefined ? Promise.resolve(0) : kill(runtime, disturbance);
  void restarting.finally(() => writers?.stop());
  const result = await persist(() => handle.result());
  const seconds = (performance.now() - started) / 1000;
  const restartSeconds = await restarting;
  const after = await oracle.stats();
  const problems = await check(play, result, {
    answered: after.answered - before.answered,
    requests: after.requests - before.requests,
  });
  if (writers !== undefined) problems.push(...(await writers.end()));
  return { seconds, restartSeconds, unknown: result.ledger.unknown, problems };
}

/** Kills the part when its time has come. @returns seconds until it was back */
async function kill(runtime: Runtime, { fault, killAfter, data }: Disturbance): Promise<number> {
  await delay(killAfter * 1000);
  const state = readServerState(data)!;
  const killed = performance.now();
  if (fault === 'neo4j' || fault === 'rdf4j') {
    process.kill(readServices(data)[fault]!.pid!, 'SIGKILL');
    await servicesUp({ data, names: [fault], ...quiet });
  } else if (fault === 'worker' || fault === 'graph-worker') {
    process.kill(state.workerPid!, 'SIGKILL');
    while (!(await isPolling(runtime, readServerState(data)?.workerPid, state.workerPid))) await delay(50);
  } else {
    process.kill(state.serverPid!, 'SIGKILL');
    while (readServerState(data)?.serverPid === state.serverPid) await delay(20);
    while (!(await answers(runtime.address))) await delay(50);
  }
  return (performance.now() - killed) / 1000;
}

/** Whether the worker that came after the killed one polls the queue of the runs. */
async function isPolling(
  { connection }: Runtime,
  pid: number | undefined,
  killed: number | undefined,
): Promise<boolean> {
  if (pid === undefined || pid === killed) return false;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: QUEUES.runs },
    taskQueueType: 1,
  });
  return (pollers ?? []).some(({ identity }) => identity?.startsWith(`${pid}@`) === true);
}

/** A server that was killed comes back: whoever waits for a result asks again. */
export async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const gone = /UNAVAILABLE|connection|ECONNREFUSED|DEADLINE|CANCELLED/i.test(describe(error));
      if (!gone || attempt > 600) throw error;
      await delay(100);
    }
  }
}

function describe(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    parts.push(cause.message, String((cause as { code?: unknown }).code ?? ''));
  }
  return parts.join(' ');
}

async function check(
  { artifacts, answer }: Play,
  result: RunResult,
  served: { answered: number; requests: number },
): Promise<string[]> {
  const problems: string[] = [];
  const { run, revision } = result.graph;
  const { ledger } = result;
  if (result.answer !== answer) problems.push(`the answer is ${result.answer}, not ${answer}`);

  const batches = await artifacts.list(`runs/${run}/graph`);
  if (batches.length !== revision) problems.push(`${batches.length} batches at revision ${revision}`);
  const changes = new Set<string>();
  for (const name of batches) {
    const { changes: made } = JSON.parse((await artifacts.read(name))!.toString()) as { changes: unknown };
    const content = canonicalJson(made);
    if (changes.has(content)) problems.push(`the batch ${name} was applied before`);
    changes.add(content);
  }

  const responses = (await artifacts.list(`runs/${run}/calls`)).filter((name) => name.endsWith('.response'));
  const answered = new Map<string, number>();
  for (const name of responses) {
    if (!name.includes('.model.')) continue;
    const { kind } = JSON.parse((await artifacts.read(name))!.toString()) as { kind: string };
    const call = name.slice(0, name.lastIndexOf('/'));
    if (kind === 'answer') answered.set(call, (answered.get(call) ?? 0) + 1);
  }
  for (const [call, count] of answered) if (count > 1) problems.push(`the call ${call} was answered ${count} times`);

  const recorded = sumEntries(await readLedgerEntries(artifacts, run));
  if (canonicalJson(recorded) !== canonicalJson(ledger)) problems.push('the ledger differs from the records');
  // A request that was written down but never sent, and an answer that nobody was left to read, are both unknown.
  if (answered.size !== ledger.calls)
    problems.push(`${ledger.calls} known entries for ${answered.size} recorded answers`);
  const lost = served.answered - ledger.calls;
  if (lost < 0 || lost > ledger.unknown) {
    problems.push(
      `the oracle answered ${served.answered}, the ledger knows ${ledger.calls} and misses ${ledger.unknown}`,
    );
  }
  return problems;
}
