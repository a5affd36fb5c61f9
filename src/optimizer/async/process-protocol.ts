import type { ThreadCall } from './thread.ts';

/** To an operation's process: its call. From it: that it begins, then what came of it. */
export type ProcessQuestion = Pick<ThreadCall, 'module' | 'name' | 'input'>;

export type ProcessMessage =
  /** Resident memory before the operation, in MiB. */
  | { kind: 'begins'; resident: number }
  | ({ kind: 'gave'; result: unknown } & ProcessUse)
  | { kind: 'threw'; thrown: unknown };

/** What an operation's process took. */
export interface ProcessUse {
  /** Milliseconds that the function took, and those of them in which its thread did not wait. */
  took: number;
  busy: number;
  /** Milliseconds of processor time. */
  cpu: number;
  /** MiB that were resident at most. */
  memory: number;
  /** MiB read from and written to disks. */
  disk: number;
}
