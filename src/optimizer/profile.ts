import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { ProfileMetrics } from './metrics.ts';

const MIB = 2 ** 20;
/** Bytes of a block, as the system counts what is read and written. */
const BLOCK = 512;
/** Milliseconds between looks at how late the event loop is. */
const RESOLUTION = 5;

/** Measures, while one operation runs, what takes time to measure. */
export class Profile {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #loop = performance.eventLoopUtilization();
  readonly #heap = process.memoryUsage().heapUsed;
  readonly #blocks = blocks();

  constructor() {
    this.#delay.enable();
  }

  end(): { profile: ProfileMetrics; diskIo: number } {
    this.#delay.disable();
    const { heapUsed } = process.memoryUsage();
    const late = (nanoseconds: number): number =>
      Math.max(0, (Number.isFinite(nanoseconds) ? nanoseconds : 0) / 1e6 - RESOLUTION);
    const seen = this.#delay.count > 0;
    return {
      profile: {
        eventLoopDelay: {
          mean: late(this.#delay.mean),
          p99: seen ? late(this.#delay.percentile(99)) : 0,
          most: seen ? late(this.#delay.max) : 0,
        },
        eventLoopUtilization: performance.eventLoopUtilization(this.#loop).utilization,
        heap: { used: heapUsed / MIB, grown: (heapUsed - this.#heap) / MIB },
      },
      diskIo: ((blocks() - this.#blocks) * BLOCK) / MIB,
    };
  }
}

function blocks(): number {
  const { fsRead, fsWrite } = process.resourceUsage();
  return fsRead + fsWrite;
}
