export { runHandle, RunInputError, startRun } from './client.ts';
export type { RunHandle, StartRunOptions } from './client.ts';
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
