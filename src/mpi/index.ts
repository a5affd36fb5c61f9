export { buildAddon } from './build.ts';
export type { BuildOptions } from './build.ts';
export { Comm } from './comm.ts';
export type { Reducible, Widened } from './collective-arrays.ts';
export type { Filled, Message, Waiting } from './messages.ts';
export type { MpiArrayType } from './arrays.ts';
export { MpiError, MpiUnavailable } from './errors.ts';
export type { MpiErrorFields } from './errors.ts';
export { findMpi } from './find-mpi.ts';
export type { FindMpiOptions, MpiInstallation } from './find-mpi.ts';
export { RanksLost, TaskEndedRank } from './launcher/errors.ts';
export { MpiDistributedProcessor } from './launcher/processor.ts';
export type { MpiOutcome, MpiProgress, ProcessorOptions, ProcessorRunOptions } from './launcher/processor.ts';
export type { MpiMetrics } from './launcher/rank-figures.ts';
export { initialize } from './initialize.ts';
export type { InitializeOptions, Mpi, ThreadLevel } from './initialize.ts';
export { makeJobFolder } from './job-folder.ts';
export type { JobFolder } from './job-folder.ts';
export type { MpiArray } from './native.ts';
export {
  ANY_SOURCE,
  ANY_TAG,
  BAND,
  BOR,
  BXOR,
  LAND,
  LOR,
  LXOR,
  MAX,
  MAXLOC,
  MIN,
  MINLOC,
  NO_OP,
  PROD,
  REPLACE,
  SUM,
} from './operations.ts';
export type { Operation } from './operations.ts';
export type { Status } from './runtime.ts';
export { Window } from './window.ts';
export type { ElementOf } from './window.ts';
