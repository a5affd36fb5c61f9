import type { ComputeShare } from '../domain/ledger.ts';
import { EvenShare } from './even-share.ts';

export interface ProcessShareParts {
  /** Microseconds of processor time of the process. @default what Node says */
  cpu?: () => number;
  /** Bytes of memory of the process. */
  memory?: () => number;
  /** Milliseconds of a clock that nobody sets. */
  now?: () => number;
}

/**
 * What attempts take of a process that makes several at once, with all its threads. An estimate, as nothing tells threads of
 * one process's event loop apart.
 */
export class ProcessShare {
  readonly #share: EvenShare;

  constructor({ cpu = usedCpu, ...parts }: ProcessShareParts = {}) {
    this.#share = new EvenShare({ cpu: () => cpu() / 1_000, ...parts });
  }

  /** Begins an attempt. @returns ends it, and says what it took */
  begin(): () => ComputeShare {
    const begun = this.#share.begin();
    let taken: ComputeShare | undefined;
    return () => {
      if (taken === undefined) {
        const { cpu, memoryGibSeconds } = this.#share.end(begun);
        taken = { cpuSeconds: cpu / 1_000, memoryGibSeconds };
      }
      return taken;
    };
  }
}

function usedCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
