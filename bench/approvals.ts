import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '../cli/runtime/open-runtime.ts';
import { openBenchRuntime } from './interrupt.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { startRun } from '../src/client/client.ts';
import type { RunHandle } from '../src/client/client.ts';
import { readServerState } from '../src/config/server-state.ts';
import { readLedgerEntries } from '../src/cost/call-records.ts';
import { sumEntries } from '../src/domain/ledger.ts';
import { canonicalJson } from '../src/domain/text.ts';
import { persist } from './faults.ts';
import { startForeignServer } from './foreign-server.ts';
import { neverSolves } from './never-solves.ts';
import { randomOf } from './random.ts';
import { startStubModel } from './stub-model.ts';
import type { StubModel } from './stub-model.ts';

export interface ApprovalTrial {
  /** Updates that were acknowledged. */
  hints: number;
  raises: number;
  approved: number;
  rejected: number;
  /** Decisions that came second, and were refused. */
  refused: number;
  /** How often the worker was killed. */
  kills: number;
  /** Executions of the workflow: over one, it continued as new. */
  executions: number;
  seconds: number;
  /** What must never be: an update lost or taken twice, a rejected call made, an approved one not made once. */
  problems: string[];
}

export interface ApprovalReport {
  times: number;
  seed: number;
  problems: number;
  holds: boolean;
  trials: ApprovalTrial[];
}

const ROUNDS = 8;
const HINTS = 8;
const RAISES = 4;
const FIRST_BUDGET = 1_000_000;
/** Events after which the server suggests to continue as new: every second round or so. */
const LONG_HISTORY = 70;
/** Seconds over which hints, raises and the kill are spread: about what a run takes. */
const SPREAD = 8;

/**
 * Sends hints, higher budgets, approvals and rejections to runs at random moments, over continue-as-new and a killed
 * worker, and checks that each was taken once.
 */
export async function disturbApprovals({
  times,
  seed,
  log,
}: {
  times: number;
  seed: number;
  log(line: string): void;
}): Promise<ApprovalReport> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  const suggest = ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${LONG_HISTORY}`];
  const server = await startForeignServer(suggest);
  const model = await startStubModel(({ step, earlier }) => ({ value: answerOf(step, earlier) }));
  const before = process.env;
  process.env = { ...before, TEMPORAL_ADDRESS: server.address, KGOT_TEST_NOTES: join(data, 'notes.jsonl') };
  const runtime = await openBenchRuntime({ data, log: () => undefined });
  try {
    await runtime.startWorker('notes', [fileURLToPath(new URL('./post-note-tool.ts', import.meta.url))]);
    const trials: ApprovalTrial[] = [];
    for (let index = 1; index <= times; index += 1) {
      const trial = await playOnce({ runtime, model, data }, `approvals-${index}`, randomOf(`${seed} ${index}`));
      trials.push(trial);
      log(
        `trial ${index} of ${times}: ${trial.hints} hints, ${trial.raises} raises, ${trial.approved} approved, ` +
          `${trial.rejected} rejected, ${trial.refused} second decisions refused, ${trial.executions} executions, ` +
          `${trial.kills} kills, ${trial.seconds.toFixed(2)} s, problems: ${trial.problems.join('; ') || 'none'}`,
      );
    }
    const problems = trials.reduce((sum, trial) => sum + trial.problems.length, 0);
    const holds = problems === 0 && trials.some(({ executions }) => executions > 1);
    return { times, seed, problems, holds, trials };
  } finally {
    await runtime.close();
    await model.close();
    await server.close();
    process.env = before;
    await rm(data, { recursive: true, force: true });
  }
}

/** Each round proposes a note of its own. */
const answerOf = neverSolves((earlier) => ({ tool: 'post_note', input: { text: `note ${earlier}` } }));

interface Stage {
  runtime: Runtime;
  model: StubModel;
  data: string;
}

async function playOnce({ runtime, model, data }: Stage, id: string, random: () => number): Promise<ApprovalTrial> {
  const started = performance.now();
  const options = {
    ...{ rounds: ROUNDS, votes: 1, models: model.models, toolQueues: ['kgot-tools', 'notes'] },
    budget: { tokens: FIRST_BUDGET },
  };
  const run = await startRun(runtime.client, { question: 'Who leads Peru?', options }, { id });
  const moments = (count: number): number[] => Array.from({ length: count }, () => random() * SPREAD * 1000);
  const at = async <T>(moment: number, work: () => Promise<T>): Promise<T> => {
    await delay(moment);
    return work();
  };
  const hints = moments(HINTS).map((moment, index) =>
    at(moment, async () => ((await taken(() => run.addHint(`hint ${index}`))) ? `hint ${index}` : undefined)),
  );
  const raises = moments(RAISES).map((moment, index) =>
    at(moment, async () => {
      const tokens = FIRST_BUDGET + index + 1;
      return (await taken(() => run.raiseBudget({ tokens }))) ? tokens : undefined;
    }),
  );
  const killing = at(random() * SPREAD * 1000, async () => process.kill(readServerState(data)!.workerPid!, 'SIGKILL'));
  const deciding = decideAll(run, random);
  const result = await persist(() => run.result());
  deciding.stop();
  const [hinted, raised, decided] = await Promise.all([Promise.all(hints), Promise.all(raises), deciding.decided]);
  await killing;

  const problems: string[] = [];
  const progress = await persist(() => run.progress());
  const acknowledged = hinted.filter((hint) => hint !== undefined).sort();
  if (canonicalJson([...progress.hints].sort()) !== canonicalJson(acknowledged)) {
    problems.push(`acknowledged were ${acknowledged.join(', ')}; the run has ${progress.hints.join(', ')}`);
  }
  const posted = await postedBy(data, result.graph.run);
  for (const { call, text, approved, second } of decided) {
    const times = posted.filter((note) => note === text).length;
    if (times !== (approved ? 1 : 0))
      problems.push(`${call} was ${approved ? 'approved' : 'rejected'}, made ${times} times`);
    if (second === 'taken') problems.push(`${call} was decided twice`);
  }
  if (decided.length !== ROUNDS) problems.push(`${decided.length} calls were decided on, not ${ROUNDS}`);
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const recorded = sumEntries(await readLedgerEntries(artifacts, result.graph.run));
  if (canonicalJson(recorded) !== canonicalJson(result.ledger)) problems.push('the ledger differs from the records');
  return {
    hints: acknowledged.length,
    raises: raised.filter((tokens) => tokens !== undefined).length,
    approved: decided.filter(({ approved }) => approved).length,
    rejected: decided.filter(({ approved }) => !approved).length,
    refused: decided.filter(({ second }) => second === 'refused').length,
    kills: 1,
    executions: await executionsOf(runtime, id),
    seconds: (performance.now() - started) / 1000,
    problems,
  };
}

/** Whether an update was taken; false when the run refused it, or had ended. Every other failure is one. */
async function taken(update: () => Promise<unknown>): Promise<boolean> {
  try {
    await update();
    return true;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

interface Decided {
  call: string;
  text: string;
  approved: boolean;
  /** What became of an opposite decision that was sent at the same time. */
  second: 'none' | 'refused' | 'taken';
}

/** Decides on every call that waits, a random while later; on some by two people at once. */
function decideAll(run: RunHandle, random: () => number): { stop(): void; decided: Promise<Decided[]> } {
  const done = new AbortController();
  const decide = async (): Promise<Decided[]> => {
    const decided: Decided[] = [];
    while (!done.signal.aborted) {
      const waiting = await run.progress().then(
        (progress) => progress.waiting,
        () => [],
      );
      for (const { id, input } of waiting.filter(({ id: call }) => !decided.some((earlier) => earlier.call === call))) {
        await delay(random() * 300);
        const approve = (): Promise<boolean> => taken(() => run.approveToolCall(id));
        const reject = (): Promise<boolean> => taken(() => run.rejectToolCall(id, 'chance'));
        const both = random() < 0.4;
        const approveFirst = random() < 0.6;
        const [first, second] = await Promise.all([
          approveFirst ? approve() : reject(),
          both ? (approveFirst ? reject() : approve()) : undefined,
        ]);
        decided.push({
          call: id,
          text: String(input['text']),
          approved: first === approveFirst,
          second: second === undefined ? 'none' : first && second ? 'taken' : 'refused',
        });
      }
      await delay(50, undefined, { signal: done.signal }).catch(() => undefined);
    }
    return decided;
  };
  return { stop: () => done.abort(), decided: decide() };
}

/** Texts of the notes that a run has posted. */
async function postedBy(data: string, run: string): Promise<string[]> {
  const lines = await readFile(join(data, 'notes.jsonl'), 'utf8').catch(() => '');
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { text: string; idempotencyKey: string })
    .filter(({ idempotencyKey }) => idempotencyKey.startsWith(`${run}/`))
    .map(({ text }) => text);
}

async function executionsOf({ client }: Runtime, id: string): Promise<number> {
  let executions = 0;
  for await (const _ of client.workflow.list({ query: `WorkflowId = '${id}'` })) executions += 1;
  return executions;
}
