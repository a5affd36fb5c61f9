import type { ComputeShare } from '../domain/ledger.ts';

interface Attempt extends ComputeShare {
  ended: boolean;
}

export interface ProcessShareParts {
  /** Microseconds of processor time of the process. @default what Node says */
  cpu?: () => number;
  /** Bytes of memory of the process. */
  memory?: () => number;
  /** Milliseconds of a clock that nobody sets. */
  now?: () => number;
}

/**
 * What attempts take of a process that makes several at once: its processor time and its memory, shared equally among those
 * under way at each moment. An estimate, as nothing tells threads of one process's event loop apart.
 */
export class ProcessShare {
  readonly #underWay = new Set<Attempt>();
  readonly #cpu: () => number;
  readonly #memory: () => number;
  readonly #now: () => number;
  #last: { cpu: number; at: number };

  constructor({
    cpu = usedCpu,
    memory = () => process.memoryUsage.rss(),
    now = () => performance.now(),
  }: ProcessShareParts = {}) {
    this.#cpu = cpu;
    this.#memory = memory;
    this.#now = now;
    this.#last = { cpu: cpu(), at: now() };
  }

  /** Begins an attempt. @returns ends it, and says what it took */
  begin(): () => ComputeShare {
    this.#share();
    const attempt: Attempt = { cpuSeconds: 0, memoryGibSeconds: 0, ended: false };
    this.#underWay.add(attempt);
    return () => {
      if (!attempt.ended) {
        this.#share();
        attempt.ended = true;
        this.#underWay.delete(attempt);
      }
      const { cpuSeconds, memoryGibSeconds } = attempt;
      return { cpuSeconds, memoryGibSeconds };
    };
  }

  /** Deals out what was used since the last attempt began or ended; what is used while none is under way is nobody's. */
  #share(): void {
    const { cpu, at } = this.#last;
    this.#last = { cpu: this.#cpu(), at: this.#now() };
    const count = this.#underWay.size;
    if (count === 0) return;
    const cpuSeconds = (this.#last.cpu - cpu) / 1e6 / count;
    const memoryGibSeconds = ((this.#memory() / 2 ** 30) * (this.#last.at - at)) / 1_000 / count;
    for (const attempt of this.#underWay) {
      attempt.cpuSeconds += cpuSeconds;
      attempt.memoryGibSeconds += memoryGibSeconds;
    }
  }
}

function usedCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
