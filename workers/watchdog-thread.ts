/** A thread that ends its process when the main thread is blocked: it cannot end itself, and no timer of its own fires. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './watchdog.ts';

const { turns, underWay, seconds } = workerData as WatchdogData;
const counter = new Int32Array(turns);
const names = new Uint8Array(underWay);

let last = Atomics.load(counter, 0);
let still = 0;
// Seconds are counted here, so that a process that was stopped as a whole, or a clock that jumps, ends nothing.
setInterval(() => {
  const now = Atomics.load(counter, 0);
  still = now === last ? still + 1 : 0;
  last = now;
  if (still < seconds) return;
  try {
    writeSync(2, `${wordsFor(textOf(names))}\n`);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}, 1_000);

function wordsFor(activities: string): string {
  const during = activities === '' ? '' : ` while ${activities} was under way`;
  return (
    `The worker ${process.pid} was blocked for ${seconds} seconds${during}, and is ended. ` +
    'A tool must leave its thread free: what calculates for long belongs into a process or a thread of its own.'
  );
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.slice(0, end < 0 ? bytes.length : end)).toString();
}
