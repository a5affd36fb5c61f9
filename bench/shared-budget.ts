import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../cli/runtime/open-runtime.ts';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { startRun } from '../src/client/client.ts';
import type { RunHandle } from '../src/client/client.ts';
import { setSharedBudget, sharedBudget } from '../src/client/shared-budgets.ts';
import { readServerState } from '../src/config/server-state.ts';
import { readLedgerEntries } from '../src/cost/call-records.ts';
import { sumEntries } from '../src/domain/ledger.ts';
import type { Ledger } from '../src/domain/ledger.ts';
import type { RunResult } from '../src/domain/run.ts';
import { add, NOTHING, spentOf } from '../src/domain/shares.ts';
import { canonicalJson } from '../src/domain/text.ts';
import { persist } from './faults.ts';
import { openBenchRuntime, untilInterrupted } from './interrupt.ts';
import { neverSolves } from './never-solves.ts';
import { randomOf } from './random.ts';
import { startStubModel } from './stub-model.ts';
import type { StubModel } from './stub-model.ts';

export interface BudgetTrial {
  /** Seconds after the start. */
  killedAfter: number;
  seconds: number;
  /** Tokens that all runs together may spend. */
  limit: number;
  /** What they spent, requests without an answer with their reserved maximum. */
  spent: number;
  /** Requests without an answer. */
  unknown: number;
  /** Runs that ended out of budget. */
  outOfBudget: number;
  /** Whether a run was terminated as well, and so never settled. */
  terminated: boolean;
  /** What must never be: more spent than the limit, an owner that counts otherwise than the records, a share that is lost. */
  problems: string[];
}

export interface BudgetReport {
  times: number;
  seed: number;
  undisturbedSeconds: number;
  problems: number;
  holds: boolean;
  trials: BudgetTrial[];
}

const RUNS = 4;
/** Milliseconds of one call of the model: long enough that a kill mostly meets calls in flight. */
const LATENCY = 150;
/** What every answer is said to take: nearly what is reserved for it, so that a budget that is broken shows. */
const USAGE = { prompt_tokens: 1_100, completion_tokens: 60 };
/** Milliseconds until calls of a terminated run can no more be on their way. */
const LATE = 11_000;

/**
 * Lets four runs share a budget that is too small for them, kills the worker, which runs the budget's owner as well, at a
 * moment drawn uniformly over an undisturbed trial, terminates a run in about every third, and checks the books.
 */
export async function disturbSharedBudget({
  times,
  seed,
  log,
}: {
  times: number;
  seed: number;
  log(line: string): void;
}): Promise<BudgetReport> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  const model = await startStubModel(({ step, earlier }) => ({ value: answerOf(step, earlier), usage: USAGE }), {
    latency: LATENCY,
  });
  const runtime = await openBenchRuntime({ data, log: () => undefined });
  try {
    return await untilInterrupted(async () => {
      const stage: Stage = { runtime, model, data, artifacts: openDirectoryStore(runtime.artifactsDirectory) };
      await playOnce(stage, 'warm-up', randomOf('warm-up'));
      const { seconds: undisturbedSeconds } = await playOnce(stage, 'undisturbed', randomOf('undisturbed'));
      log(`An undisturbed trial takes ${undisturbedSeconds.toFixed(2)} s.`);
      const trials: BudgetTrial[] = [];
      for (let index = 1; index <= times; index += 1) {
        const trial = await playOnce(stage, `budget-${index}`, randomOf(`${seed} ${index}`), undisturbedSeconds);
        trials.push(trial);
        log(
          `trial ${index} of ${times}: killed after ${trial.killedAfter.toFixed(2)} s, took ${trial.seconds.toFixed(2)} s, ` +
            `spent ${trial.spent} of ${trial.limit} tokens, ${trial.unknown} unknown, ${trial.outOfBudget} of ${RUNS} out of budget` +
            `${trial.terminated ? ', one terminated' : ''}, problems: ${trial.problems.join('; ') || 'none'}`,
        );
      }
      const problems = trials.reduce((sum, trial) => sum + trial.problems.length, 0);
      return { times, seed, undisturbedSeconds, problems, holds: problems === 0, trials };
    });
  } finally {
    await runtime.close();
    await model.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** Each round searches for something else. */
const answerOf = neverSolves((earlier) => ({
  tool: 'search_documents',
  input: { page: 1, query: `Peru ${earlier}` },
}));

interface Stage {
  runtime: Runtime;
  model: StubModel;
  data: string;
  artifacts: ArtifactStore;
}

/** @param spread seconds over which the kill is drawn; without it nothing is killed */
async function playOnce(stage: Stage, name: string, random: () => number, spread?: number): Promise<BudgetTrial> {
  const { runtime, model, data } = stage;
  const scope = `batch:${name}`;
  const limit = 30_000 + Math.floor(random() * 50_000);
  const killedAfter = random() * (spread ?? 0);
  const terminated = spread !== undefined && random() < 1 / 3;
  const terminatedAfter = random() * (spread ?? 0);
  await setSharedBudget(runtime.client, scope, { tokens: limit });
  const answeredBefore = model.answered;
  const started = performance.now();
  const runs = await Promise.all(Array.from({ length: RUNS }, (_, run) => start(stage, `${name}-${run}`, scope)));
  const over = new AbortController();
  const highest = watch(stage, runs, over.signal);
  const disturbing = Promise.all([
    spread === undefined
      ? undefined
      : delay(killedAfter * 1000).then(() => process.kill(readServerState(data)!.workerPid!, 'SIGKILL')),
    // It may have ended by then.
    terminated
      ? delay(terminatedAfter * 1000).then(() => runs[0]!.workflow.terminate().catch(() => undefined))
      : undefined,
  ]);
  const results = await Promise.all(runs.map((run) => persist(() => run.result()).catch(() => undefined)));
  await disturbing;
  const seconds = (performance.now() - started) / 1000;

  if (terminated && results[0] === undefined) {
    await delay(LATE);
    // One that wants more than there is has somebody look after what the terminated run held.
    const greedy = await start(stage, `${name}-${RUNS}`, scope);
    results.push(await persist(() => greedy.result()));
    runs.push(greedy);
  }
  over.abort();
  const most = await highest;
  const problems: string[] = [];
  const ledgers = await Promise.all(runs.map((run) => recordedBy(stage, run)));
  const spent = ledgers.map(spentOf).reduce(add, NOTHING).tokens;
  const billed = (model.answered - answeredBefore) * (USAGE.prompt_tokens + USAGE.completion_tokens);
  if (most > limit) problems.push(`${most} tokens were spent or on their way at once, of ${limit}`);
  if (spent > limit) problems.push(`${spent} tokens were spent of ${limit}`);
  if (billed > limit) problems.push(`${billed} tokens were billed of ${limit}`);
  problems.push(...results.flatMap((result, index) => problemsOf(result, ledgers[index]!, terminated && index === 0)));
  const owner = await persist(() => sharedBudget(runtime.client, scope));
  const { tokens: counted } = owner.spent;
  if (counted !== spent) problems.push(`the owner counts ${counted} tokens, the records ${spent}`);
  if (owner.runs > 0 || owner.granted.tokens !== 0) {
    problems.push(`${owner.granted.tokens} tokens are lost to ${owner.runs} runs`);
  }
  if (owner.free.tokens !== limit - spent) problems.push(`${owner.free.tokens} tokens are free of ${limit - spent}`);
  const unknown = ledgers.reduce((sum, ledger) => sum + ledger.unknown, 0);
  const outOfBudget = results.filter((result) => result?.endReason === 'out-of-budget').length;
  return { killedAfter, seconds, limit, spent, unknown, outOfBudget, terminated, problems };
}

function start({ runtime, model }: Stage, id: string, scope: string): Promise<RunHandle> {
  const options = { rounds: 5, votes: 3, models: model.models, budgetScopes: [scope] };
  const documents = [{ name: 'peru.md', mediaType: 'text/markdown', text: 'Ada Vega leads Peru.' }];
  return persist(() => startRun(runtime.client, { question: 'Who leads Peru?', documents, options }, { id }));
}

function problemsOf(result: RunResult | undefined, recorded: Ledger, maybeTerminated: boolean): string[] {
  if (result === undefined) return maybeTerminated ? [] : ['a run failed'];
  return canonicalJson(result.ledger) === canonicalJson(recorded) ? [] : ['a ledger differs from the records'];
}

async function recordedBy({ artifacts }: Stage, run: RunHandle): Promise<Ledger> {
  const { run: folder } = await persist(() => run.graph());
  return sumEntries(await readLedgerEntries(artifacts, folder));
}

/** The most that the runs had spent and on its way at once, as far as looks saw it: a request counts from when it is sent. */
async function watch(stage: Stage, runs: readonly RunHandle[], over: AbortSignal): Promise<number> {
  let most = 0;
  while (!over.aborted) {
    const ledgers = await Promise.all(runs.map((run) => recordedBy(stage, run)));
    most = Math.max(most, ledgers.map(spentOf).reduce(add, NOTHING).tokens);
    await delay(300, undefined, { signal: over }).catch(() => undefined);
  }
  return most;
}
