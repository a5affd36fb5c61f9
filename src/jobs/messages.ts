import type { MessagePort } from 'node:worker_threads';

/** An error on its way between threads. */
export interface SentError {
  name: string;
  message: string;
  stack?: string;
  code?: string;
}

/** What a thread of the pool is called with. */
export type ThreadCall = WorkCall | ReduceCall;

/** Where a job's functions are. */
export interface SentJob {
  name: string;
  module: string;
}

/** To be a worker of a job until it ends. */
export interface WorkCall {
  do: 'work';
  job: SentJob;
  /** The encoded input, for the worker that splits it. */
  input?: Uint8Array;
  arena: SharedArrayBuffer;
  figures: SharedArrayBuffer;
  worker: number;
  workers: number;
  seed: number;
  /** Asynchronous tasks that it has begun and not ended, at most. */
  interleaved: number;
  artifacts: boolean;
  port: MessagePort;
  /** What a dead predecessor leaves: parts of chunks, as triples of chunk, start and end. */
  again: number[];
  /** Tasks to be run with nothing beside them, as pairs of chunk and index. */
  alone: number[];
}

/** How a worker and those who lead it talk: a MessagePort, or a rank's connection to its launcher. */
export interface WorkerPort {
  postMessage(message: WorkerMessage, transfer?: ArrayBuffer[]): void;
  on(event: 'message', listener: (message: MainMessage) => void): unknown;
}

/** To make the output of results. */
export interface ReduceCall {
  do: 'reduce';
  job: SentJob;
  arena: SharedArrayBuffer;
  /** Tasks of `split`, and spawned ones. */
  tasks: number;
  spawned: number;
  /** Numbers that spawned ones were given. */
  numbers: number;
  batches: ResultBatch[];
  /** Gives the results as they are. */
  collect: boolean;
}

/** Results of tasks. */
export interface ResultBatch {
  /** Pairs of handle and id. */
  tasks: Int32Array<ArrayBuffer>;
  /** An array of their results, encoded. */
  results: Uint8Array<ArrayBuffer>;
}

/** What a worker says; `spawned` are pairs of id and number: of tasks that have ended, how many each has spawned, if any. */
export type WorkerMessage =
  | { kind: 'results'; batch: ResultBatch; failures: FailedTask[]; spawned: number[] }
  /** All tasks of `split` are there. */
  | { kind: 'split'; tasks: number }
  /** The job cannot go on. */
  | { kind: 'broken'; problem: JobProblem }
  | { kind: 'progress'; handle: number; id: number; said: number | string }
  | { kind: 'artifact'; call: number; method: string; input: unknown[] };

/** What the main thread says to a worker. */
export type MainMessage = { kind: 'cancelled' } | { kind: 'answer'; call: number; value?: unknown; error?: SentError };

export interface FailedTask {
  handle: number;
  id: number;
  error: SentError;
}

/** Why a job failed in one of its steps. */
export interface JobProblem {
  step: 'module' | 'split' | 'reduce' | 'main';
  why: string;
  error?: SentError;
}

/** What `reduce` ends with. */
export type ReduceOutcome = { output: Uint8Array<ArrayBuffer> } | { problem: JobProblem };

/** @returns what was thrown, so that it can be copied; of no error what it is in words */
export function sentError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) {
    const shown = typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown);
    return { name: 'Error', message: `${shown} was thrown, which is no error` };
  }
  const { name, message, stack } = thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  return { name, message, stack, ...(typeof code === 'string' ? { code } : {}) };
}

export function receivedError({ name, message, stack, code }: SentError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
