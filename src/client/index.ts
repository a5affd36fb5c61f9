export { runHandle, startRun } from './client.ts';
export { RunInputError } from './run-input-error.ts';
export type { RunHandle, StartRunOptions } from './client.ts';
export type { ComputeCall, ComputeProgress, ComputeResult, ComputeWorker } from '../domain/compute.ts';
export type { Ledger } from '../domain/ledger.ts';
export type {
  Budget,
  DocumentReference,
  DocumentText,
  EndReason,
  Evidence,
  GraphReference,
  ModelReference,
  Progress,
  RunDocument,
  RunInput,
  RunModels,
  RunOptions,
  RunResult,
} from '../domain/run.ts';
export type { Approval, Updates, WaitingCall } from '../domain/updates.ts';
export { openDirectoryStore } from '../artifacts/directory-store.ts';
export { describeRun, RunNotFoundError } from './story/describe-run.ts';
export type { DescribeRunOptions } from './story/describe-run.ts';
export { HistoryUnreadableError } from './story/read-events.ts';
export type * from './story/story.ts';
export {
  listSharedBudgets,
  raiseSharedBudget,
  setSharedBudget,
  sharedBudget,
  SharedBudgetError,
} from './shared-budgets.ts';
export type { Amount, SharedBudget } from '../domain/shares.ts';
export { listRuns } from './list-runs.ts';
export type { ListedRun, ListedRuns } from './list-runs.ts';
export { RUN_STATUSES } from './visibility.ts';
export type { RunFilter, RunStatus } from './visibility.ts';
