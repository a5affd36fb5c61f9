import { Worker } from 'node:worker_threads';
import { underWayBuffer } from '../activities/under-way.ts';
import { withCompiled } from '../src/config/keep-compiled.ts';
import { siblingModule } from '../src/config/module-path.ts';
import { HEARTBEAT_SECONDS } from '../src/domain/timeouts.ts';

/** What the watching thread is given: memory that this thread and that one share. */
export interface WatchdogData {
  /** Counted up for as long as the main thread turns. */
  turns: SharedArrayBuffer;
  /** What is under way, for the message. */
  underWay: SharedArrayBuffer;
  seconds: number;
}

/** Seconds without a turn. A second before, the calls of a worker are made elsewhere: nothing that it does counts any more. */
const BLOCKED_SECONDS = HEARTBEAT_SECONDS + 1;

/**
 * Ends this process when its thread is blocked for long, as by a tool that never gives it back: its calls are made again
 * elsewhere, or by the process that is started in its place. Otherwise it would hold its queues and serve nothing.
 */
export function startWatchdog(): void {
  const turns = new SharedArrayBuffer(4);
  const counter = new Int32Array(turns);
  setInterval(() => Atomics.add(counter, 0, 1), 250).unref();
  const data: WatchdogData = { turns, underWay: underWayBuffer(), seconds: BLOCKED_SECONDS };
  new Worker(siblingModule('./watchdog-thread.ts', import.meta.url), {
    workerData: data,
    env: withCompiled({}),
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  }).unref();
}
