import { performance } from 'node:perf_hooks';

/** Milliseconds for which the resident memory, which takes long to ask for, is taken for the same. */
const MEMORY_FOR = 100;

/** What an operation had of its process's thread: a part of what all had that ran beside it. */
export interface Share {
  /** Milliseconds of processor time. */
  cpu: number;
  /** GiB × seconds. */
  memoryGibSeconds: number;
  /** Milliseconds in which the thread did not wait while the operation was under way, for whomever it worked. */
  busy: number;
  /** Whether no other was under way beside it. */
  alone: boolean;
}

interface Begun {
  cpu: number;
  memoryGibSeconds: number;
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
  #running = 0;
  #begun = 0;
  /** What one operation would have had that was under way all the time. */
  #cpu = 0;
  #memory = 0;
  #cpuAt = 0;
  #at = 0;
  #resident = 0;
  #residentAt = -Infinity;
  #process: ProcessCpu = { cpu: 0, at: -Infinity };

  begin(): Begun {
    this.#advance();
    this.#running += 1;
    this.#begun += 1;
    return {
      cpu: this.#cpu,
      memoryGibSeconds: this.#memory,
      number: this.#running === 1 ? this.#begun : 0,
      loop: performance.eventLoopUtilization(),
    };
  }

  /** @param begun what `begin` gave */
  end(begun: Begun): Share {
    this.#advance();
    this.#running -= 1;
    return {
      cpu: this.#cpu - begun.cpu,
      memoryGibSeconds: this.#memory - begun.memoryGibSeconds,
      busy: performance.eventLoopUtilization(begun.loop).active,
      alone: begun.number === this.#begun,
    };
  }

  /** Resident memory of the process in bytes, as of a moment ago. */
  resident(now = performance.now()): number {
    if (now - this.#residentAt >= MEMORY_FOR) {
      this.#resident = process.memoryUsage.rss();
      this.#residentAt = now;
    }
    return this.#resident;
  }

  /** Processor time of the process with all its threads, as of a moment ago. */
  processCpu(now = performance.now()): ProcessCpu {
    if (now - this.#process.at >= CPU_FOR) {
      const { user, system } = process.cpuUsage();
      this.#process = { cpu: (user + system) / 1_000, at: now };
    }
    return this.#process;
  }

  #advance(): void {
    const now = performance.now();
    const cpu = mainThreadCpu();
    if (this.#running > 0) {
      this.#cpu += (cpu - this.#cpuAt) / this.#running;
      this.#memory += ((this.resident(now) / 2 ** 30) * (now - this.#at)) / 1_000 / this.#running;
    }
    this.#cpuAt = cpu;
    this.#at = now;
  }
}

/** Milliseconds of processor time of this thread; of the process where Node does not tell (before 23.9). */
function mainThreadCpu(): number {
  const { threadCpuUsage } = process as Partial<NodeJS.Process>;
  const { user, system } = threadCpuUsage === undefined ? process.cpuUsage() : threadCpuUsage.call(process);
  return (user + system) / 1_000;
}
