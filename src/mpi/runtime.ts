import { MpiError } from './errors.ts';
import type { Native, NativeFacts } from './native.ts';
import { Progress } from './progress.ts';

/** How a message was matched. */
export interface Status {
  /** The rank that sent it. */
  source: number;
  tag: number;
  /** Its length. */
  bytes: number;
}

/** What communicators and windows of this process share. */
export class Runtime {
  readonly native: Native;
  readonly facts: NativeFacts;
  readonly progress: Progress;
  readonly outcome: Float64Array;
  readonly #envelope: Int32Array;

  constructor(native: Native, facts: NativeFacts) {
    this.native = native;
    this.facts = facts;
    this.progress = new Progress(native);
    this.outcome = new Float64Array(native.outcome);
    this.#envelope = new Int32Array(native.envelope);
  }

  /** Says whom the next array is for, or from; of its type the number. */
  address(comm: number, type: number, rank: number, tag: number, microseconds: number): void {
    const envelope = this.#envelope;
    envelope[0] = comm;
    envelope[1] = type;
    envelope[2] = rank;
    envelope[3] = tag;
    envelope[4] = microseconds;
  }

  /** Of the last operation that ended as it was called. */
  status(): Status {
    return { source: this.outcome[0]!, tag: this.outcome[1]!, bytes: this.outcome[2]! };
  }

  /** Whether the operation that was started last has ended already, of those that always have a slot. */
  get done(): boolean {
    return this.outcome[3] === 1;
  }

  get flag(): number {
    return this.outcome[4]!;
  }
}

/** An error of the caller's, in MPI's words. */
export function usage(operation: string, errorClass: string, text: string): MpiError {
  return new MpiError({ operation, errorClass, text });
}

/** Shows what came in an error. */
export function shown(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
}
