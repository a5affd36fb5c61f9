import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReconcileResult, RunOutcome } from '../src/domain/activities.ts';
import { addCompute } from '../src/domain/ledger.ts';
import type { ComputeShare, Ledger } from '../src/domain/ledger.ts';
import { modelLabel, modelsLabel } from '../src/domain/models.ts';
import type { EndReason, GraphReference, Progress, RunInput, RunResult } from '../src/domain/run.ts';
import { runFolder, UNKNOWN } from '../src/domain/run.ts';
import { withoutUnseen } from '../src/domain/unseen.ts';
import type { Wheel } from '../src/domain/updates.ts';
import { findEvidence, prepareRun, reconcileRun } from './activities.ts';
import { OutOfBudget } from './budget.ts';
import { enhance } from './enhance.ts';
import { recall, remember } from './knowledge.ts';
import { stopLate } from './late.ts';
import { liveCompute, liveLedger, reconcileLedger } from './live-ledger.ts';
import { canFindRoom, hearOfRoom, takeFirstShares } from './room.ts';
import { settleShares } from './shares.ts';
import { answerNow, forceAnswer, solve } from './solve.ts';
import { addNote, newState, progressOf } from './state.ts';
import type { RunState } from './state.ts';
import { tellStory } from './story.ts';
import { loadTools } from './tools.ts';
import { voteOnNextStep } from './vote.ts';
import { newWheel, takeUpdates } from './wheel.ts';

export const progressQuery = defineQuery<Progress>('progress');
export const graphQuery = defineQuery<GraphReference>('graph');
export const ledgerQuery = defineQuery<Ledger>('ledger');

/**
 * Answers one question by building a graph of what is known about it: the KGoT loop.
 *
 * @param carried what the run knows, when it continues as new
 */
export async function answerQuestion(input: RunInput, carried?: RunState): Promise<RunResult> {
  let state = carried;
  const wheel = carried?.wheel ?? newWheel(input);
  takeUpdates(wheel, () => state);
  hearOfRoom();
  setHandler(progressQuery, () => progressOf(input.question, state));
  setHandler(graphQuery, () => graphReference(state));
  setHandler(ledgerQuery, liveLedger);
  try {
    if (state === undefined) state = await prepare(input, wheel);
    else reconcileLedger(state.spent);
    return await run(state);
  } catch (error) {
    if (state !== undefined && !(error instanceof ContinueLater)) await close(state, isCancellation(error));
    if (error instanceof ContinueLater) return continueAsNew<typeof answerQuestion>(input, error.state);
    throw error;
  }
}

/** Thrown between rounds when the history has grown long. */
class ContinueLater extends Error {
  readonly state: RunState;
  constructor(state: RunState) {
    super();
    this.state = state;
  }
}

async function prepare(input: RunInput, wheel: Wheel): Promise<RunState> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const state = newState(await prepareRun({ input, workflowId, firstExecutionRunId }), wheel);
  state.tools = await loadTools(state.prepared.queues.tools);
  await recall(state);
  tellStory(state, 'running');
  return state;
}

async function run(state: RunState): Promise<RunResult> {
  try {
    if (canFindRoom(state)) await takeFirstShares(state);
    while (state.round < state.prepared.options.rounds) {
      await continueWhenLong(state);
      state.round += 1;
      const answer = await playRound(state);
      tellStory(state, 'running');
      if (answer !== undefined) return await finish(state, answer, 'solved');
    }
    state.forced = true;
    return await finish(state, await forceAnswer(state), 'forced');
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return await finish(state, await answerWithinBudget(state), 'out-of-budget');
  }
}

async function answerWithinBudget(state: RunState): Promise<string | undefined> {
  try {
    return await answerNow(state, { last: true });
  } catch (error) {
    if (error instanceof OutOfBudget) return undefined;
    throw error;
  }
}

async function playRound(state: RunState): Promise<string | undefined> {
  const decision = await voteOnNextStep(state);
  switch (decision.next) {
    case 'SOLVE':
      return solve(state, decision.hows);
    case 'ENHANCE':
      await enhance(state, decision.missing);
      return undefined;
    case 'LOST':
      addNote(state, 'No vote of a round came back with an answer.');
      return undefined;
  }
}

async function finish(state: RunState, answer: string | undefined, endReason: EndReason): Promise<RunResult> {
  const { run: context, queues } = state.prepared;
  const { calls, failed } = liveLedger();
  if (answer === undefined && calls === failed && state.lastFailure !== undefined && endReason !== 'out-of-budget') {
    throw ApplicationFailure.create({
      type: 'NoModelAnswered',
      message: `No call of the run came back with an answer. The last failure: ${state.lastFailure}`,
      nonRetryable: true,
    });
  }
  const text = withoutUnseen(answer ?? '') || UNKNOWN;
  const [evidence, { performance, ...ledger }] = await Promise.all([
    answer === undefined || state.graph.nodes === 0
      ? []
      : findEvidence(queues.graph, { run: context, revision: state.graph.revision, answer: text }),
    addUp(state, endReason === 'solved'),
  ]);
  reconcileLedger(ledger);
  await settleShares(state);
  if (endReason === 'solved') await remember(state);
  state.status = 'done';
  state.result = {
    answer: text,
    endReason,
    evidence: [...evidence, ...state.calculations.map((fact) => ({ fact, source: 'calculate' }))],
    graph: graphReference(state),
    ledger,
    rounds: state.round,
    ...(state.prepared.plan === undefined ? {} : { plan: state.prepared.plan }),
    ...(performance === undefined ? {} : { performance }),
  };
  tellStory(state, endReason);
  await condition(allHandlersFinished);
  return state.result;
}

/**
 * Adds up the records, once nothing is under way any more.
 *
 * @param solved whether the run has its answer; absent while it has not ended
 */
async function addUp(state: RunState, solved?: boolean): Promise<ReconcileResult> {
  await stopLate();
  const { run: context, plan, models, prices } = state.prepared;
  if (plan === undefined || solved === undefined) return reconcileRun({ run: context });
  const { taskType, strategy, target } = plan;
  const outcome: RunOutcome = {
    ...{ taskType, strategy, ok: solved, models: modelsLabel(models) },
    milliseconds: Date.now() - workflowInfo().startTime.getTime(),
    savings: state.saved ?? { samplesNotSent: 0, callsShared: 0 },
    compute: computeOf(state),
    ...(target === undefined ? {} : { target }),
    ...(models.cheap === undefined ? {} : { cheap: { model: modelLabel(models.cheap), instead: prices.planner } }),
  };
  return reconcileRun({ run: context, outcome });
}

function computeOf({ computed }: RunState): ComputeShare {
  return computed === undefined ? liveCompute() : addCompute(computed, liveCompute());
}

/** A run that fails or is cancelled keeps its ledger: what calls in flight spent is in the records. */
async function close(state: RunState, cancelled: boolean): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const { performance: _performance, ...ledger } = await addUp(state, cancelled ? undefined : false);
    reconcileLedger(ledger);
    await settleShares(state);
    tellStory(state, cancelled ? 'cancelled' : 'failed');
  });
}

/** Continues as new long before Temporal's limits, with nothing under way. */
async function continueWhenLong(state: RunState): Promise<void> {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  if (!continueAsNewSuggested && historyLength < LONG_HISTORY) return;
  state.spent = await addUp(state);
  state.computed = computeOf(state);
  await condition(allHandlersFinished);
  throw new ContinueLater(state);
}

/** Events; Temporal warns at 10,240 and ends a workflow at 51,200. */
const LONG_HISTORY = 5_000;

function graphReference(state: RunState | undefined): GraphReference {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const { revision = 0, nodes = 0, edges = 0 } = state?.graph ?? {};
  return { run: runFolder(workflowId, firstExecutionRunId), revision, nodes, edges };
}
