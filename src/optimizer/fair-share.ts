import { performance } from 'node:perf_hooks';
import { EvenShare, residentMemory } from '../cost/even-share.ts';
import type { Part } from '../cost/even-share.ts';

/** What an operation had of its process's thread: a part of what all had that ran beside it. */
export interface Share extends Part {
  /** Milliseconds in which the thread did not wait while the operation was under way, for whomever it worked. */
  busy: number;
  /** Whether no other was under way beside it. */
  alone: boolean;
}

interface Begun {
  part: Part;
  /** Which it was, or 0 where others were under way. */
  number: number;
  loop: ReturnType<typeof performance.eventLoopUtilization>;
}

/** Milliseconds for which the process's processor time is taken for the same, as it takes long to ask for where there are many threads. */
const CPU_FOR = 5;

/** Processor time of the whole process by a moment. */
export interface ProcessCpu {
  /** Milliseconds. */
  cpu: number;
  /** By `performance.now()`. */
  at: number;
}

/**
 * Divides what the main thread takes evenly among the operations that are under way: their shares come to what it took while
 * any was. What each had of it for itself cannot be told.
 */
export class FairShare {
  readonly #resident = residentMemory();
  readonly #share = new EvenShare({ cpu: mainThreadCpu, memory: this.#resident });
  #begun = 0;
  #process: ProcessCpu = { cpu: 0, at: -Infinity };

  begin(): Begun {
    const part = this.#share.begin();
    this.#begun += 1;
    return {
      part,
      number: this.#share.running === 1 ? this.#begun : 0,
      loop: performance.eventLoopUtilization(),
    };
  }

  /** @param begun what `begin` gave */
  end(begun: Begun): Share {
    return {
      ...this.#share.end(begun.part),
      busy: performance.eventLoopUtilization(begun.loop).active,
      alone: begun.number === this.#begun,
    };
  }

  /** Resident memory of the process in bytes, as of a moment ago. */
  resident(now = performance.now()): number {
    return this.#resident(now);
  }

  /** Processor time of the process with all its threads, as of a moment ago. */
  processCpu(now = performance.now()): ProcessCpu {
    if (now - this.#process.at >= CPU_FOR) {
      const { user, system } = process.cpuUsage();
      this.#process = { cpu: (user + system) / 1_000, at: now };
    }
    return this.#process;
  }
}

/** Milliseconds of processor time of this thread; of the process where Node does not tell (before 23.9). */
function mainThreadCpu(): number {
  const { threadCpuUsage } = process as Partial<NodeJS.Process>;
  const { user, system } = threadCpuUsage === undefined ? process.cpuUsage() : threadCpuUsage.call(process);
  return (user + system) / 1_000;
}
