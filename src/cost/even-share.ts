/** Milliseconds for which the resident memory, which takes long to ask for, is taken for the same. */
const MEMORY_FOR = 100;

export interface EvenShareParts {
  /** Milliseconds of processor time so far. */
  cpu: () => number;
  /** Bytes of memory held. @default what the process holds, as of a moment ago */
  memory?: () => number;
  /** Milliseconds of a clock that nobody sets. */
  now?: () => number;
}

/** What one had of it. */
export interface Part {
  /** Milliseconds of processor time. */
  cpu: number;
  memoryGibSeconds: number;
}

/**
 * Divides processor time and memory evenly among those that are under way at each moment: their parts come to what was used
 * while any was, and what is used while none is, is nobody's.
 */
export class EvenShare {
  readonly #cpuNow: () => number;
  readonly #memory: () => number;
  readonly #now: () => number;
  #running = 0;
  /** What one would have had that was under way all the time. */
  #cpu = 0;
  #memoryGibSeconds = 0;
  #cpuAt = 0;
  #at = 0;

  constructor({ cpu, memory = residentMemory(), now = () => performance.now() }: EvenShareParts) {
    this.#cpuNow = cpu;
    this.#memory = memory;
    this.#now = now;
  }

  /** How many are under way. */
  get running(): number {
    return this.#running;
  }

  begin(): Part {
    this.#advance();
    this.#running += 1;
    return { cpu: this.#cpu, memoryGibSeconds: this.#memoryGibSeconds };
  }

  /** @param begun what `begin` gave */
  end(begun: Part): Part {
    this.#advance();
    this.#running -= 1;
    return { cpu: this.#cpu - begun.cpu, memoryGibSeconds: this.#memoryGibSeconds - begun.memoryGibSeconds };
  }

  #advance(): void {
    const now = this.#now();
    const cpu = this.#cpuNow();
    if (this.#running > 0) {
      this.#cpu += (cpu - this.#cpuAt) / this.#running;
      this.#memoryGibSeconds += ((this.#memory() / 2 ** 30) * (now - this.#at)) / 1_000 / this.#running;
    }
    this.#cpuAt = cpu;
    this.#at = now;
  }
}

/** Tells the resident memory of this process in bytes, as of a moment ago. */
export function residentMemory(): (now?: number) => number {
  let bytes = 0;
  let at = -Infinity;
  return (now = performance.now()) => {
    if (now - at >= MEMORY_FOR) {
      bytes = process.memoryUsage.rss();
      at = now;
    }
    return bytes;
  };
}
