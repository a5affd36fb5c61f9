import { ActivityCancellationType, scheduleActivity } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type {
  ApplyCall,
  ApplyResult,
  EvidenceCall,
  EvidenceResult,
  GraphQueryCall,
  GraphQueryResult,
  ModelStepCall,
  ModelStepResult,
  PrepareCall,
  Prepared,
  RecallCall,
  RecallResult,
  ReconcileCall,
  ReconcileResult,
  RemindCall,
  RememberCall,
  RememberResult,
  ToolStepCall,
  ToolStepResult,
} from '../src/domain/activities.ts';
import type { ComputeCall, ComputePlaceUsed, ComputeResult } from '../src/domain/compute.ts';
import { QUEUES } from '../src/domain/queues.ts';
import type { SettleCall, TakeCall } from '../src/domain/owner-messages.ts';
import type { Taken } from '../src/domain/shares.ts';
import { counted } from '../src/domain/text.ts';
import { BEAT_MILLISECONDS, HEARTBEAT_SECONDS } from '../src/domain/timeouts.ts';
import type { ToolSet } from '../src/domain/tools.ts';
import type { ServedTool } from './state.ts';

const options = {
  heartbeatTimeout: `${HEARTBEAT_SECONDS}s`,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
} satisfies ActivityOptions;

/** The first activity of a run, on the workflow's own queue. */
export function prepareRun(call: PrepareCall): Promise<Prepared> {
  return scheduleActivity('run.prepare', [call], {
    ...options,
    // Archives are unpacked in it.
    startToCloseTimeout: '10m',
    summary: 'validates the input and names queues, models and limits',
  });
}

/** Adds up the run's call records, on the workflow's own queue. */
export function reconcileRun(call: ReconcileCall): Promise<ReconcileResult> {
  return scheduleActivity('run.reconcile', [call], {
    ...options,
    startToCloseTimeout: '5m',
    summary: 'adds up the records of all calls',
  });
}

/** Tells people that a tool call waits, on the workflow's own queue. */
export function remindOfApproval(call: RemindCall, summary: string): Promise<void> {
  return scheduleActivity('run.remind', [call], {
    ...options,
    startToCloseTimeout: '15s',
    scheduleToCloseTimeout: '10m',
    summary: call.reminder === 0 ? `asks for approval: ${summary}` : `reminder ${call.reminder}: ${summary}`,
  });
}

/** Asks the owner of a budget for a larger share, on the workflow's own queue. */
export function takeFromBudget(call: TakeCall): Promise<Taken> {
  const { tokens } = call.take.least;
  return scheduleActivity('budget.take', [call], {
    ...options,
    startToCloseTimeout: '1m',
    summary: `asks ${call.scope} for a share of at least ${counted(Math.ceil(tokens), 'token')} in all`,
  });
}

/** Tells the owner of a budget what the run has spent, on the workflow's own queue. */
export function settleBudget(call: SettleCall): Promise<void> {
  return scheduleActivity('budget.settle', [call], {
    ...options,
    startToCloseTimeout: '1m',
    summary: `gives back to ${call.scope} what was not spent`,
  });
}

/** Asks a tool queue which tools it serves; fails when no worker answers in time. */
export function listTools(taskQueue: string): Promise<ToolSet> {
  return scheduleActivity('tools.list', [], {
    ...options,
    taskQueue,
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '30s',
    summary: `tools of ${taskQueue}`,
  });
}

/** One request of one step. The activity itself knows which failures are worth another attempt, and how many. */
export function callModel(
  taskQueue: string,
  step: string,
  call: ModelStepCall,
  summary: string,
): Promise<ModelStepResult> {
  return scheduleActivity(`model.${step}`, [call], {
    ...options,
    taskQueue,
    startToCloseTimeout: '6h',
    scheduleToCloseTimeout: '24h',
    summary,
  });
}

/** One call of one tool. */
export function callTool(tool: ServedTool, call: ToolStepCall, summary: string): Promise<ToolStepResult> {
  return scheduleActivity(`tool.${tool.name}`, [call], {
    ...options,
    taskQueue: tool.queue,
    // The tool's own deadline ends it; this one covers a process that cannot.
    startToCloseTimeout: `${tool.timeoutSeconds + 10}s`,
    retry: { ...options.retry, maximumAttempts: tool.attempts },
    summary,
  });
}

export function applyChanges(taskQueue: string, call: ApplyCall): Promise<ApplyResult> {
  return scheduleActivity('graph.apply', [call], {
    ...options,
    taskQueue,
    startToCloseTimeout: '5m',
    summary: `batch of revision ${call.base + 1}`,
  });
}

export function runQuery(taskQueue: string, call: GraphQueryCall): Promise<GraphQueryResult> {
  return scheduleActivity('graph.query', [call], {
    ...options,
    taskQueue,
    startToCloseTimeout: '5m',
    summary: call.query.replace(/\s+/g, ' ').slice(0, 200),
  });
}

export function findEvidence(taskQueue: string, call: EvidenceCall): Promise<EvidenceResult> {
  return scheduleActivity('graph.evidence', [call], {
    ...options,
    taskQueue,
    startToCloseTimeout: '5m',
    summary: 'facts that the answer rests on',
  });
}

export function recallFacts(taskQueue: string, call: RecallCall): Promise<RecallResult> {
  return scheduleActivity('graph.recall', [call], {
    ...options,
    taskQueue,
    startToCloseTimeout: '5m',
    summary: 'what the knowledge graph holds about the question',
  });
}

/** It ends after a while, failed: no answer is to wait for it for ever. */
export function rememberFacts(taskQueue: string, call: RememberCall): Promise<RememberResult> {
  return scheduleActivity('graph.remember', [call], {
    ...options,
    taskQueue,
    startToCloseTimeout: '2m',
    scheduleToCloseTimeout: '5m',
    summary: `keeps the facts of revision ${call.revision} in the knowledge graph`,
  });
}

/** One job, on the threads of one worker or on the ranks that it launches. */
export function runCompute(call: ComputeCall, on: ComputePlaceUsed): Promise<ComputeResult> {
  return scheduleActivity(`compute.${on}`, [call], {
    ...options,
    // A beat less: Temporal needs some time to notice and to hand the call on, which is within the limit that jobs promise.
    heartbeatTimeout: HEARTBEAT_SECONDS * 1_000 - BEAT_MILLISECONDS,
    // Whoever takes it up starts ranks or threads anew: no reason to wait for it as well.
    retry: { ...options.retry, initialInterval: '10ms' },
    taskQueue: QUEUES.compute,
    startToCloseTimeout: '30d',
    summary: `${call.job} on ${on === 'mpi' ? 'MPI ranks' : 'threads'}`,
  });
}
