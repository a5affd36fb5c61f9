/** One of two ranks: `idle-cpu-rank.ts TIMES`. The first waits for the second, and prints what that took. */
import { setTimeout as delay } from 'node:timers/promises';
import { initialize } from '../../src/mpi/index.ts';
import type { Idle } from './idle-cpu.ts';

const SECONDS = 5;
const times = Number(process.argv[2]);

const { world } = await initialize();
const array = new Float64Array(1);

async function share(wait: () => Promise<unknown> | void): Promise<number> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await wait();
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1000 / (performance.now() - began);
}

// Once for warm-up, in short.
for (let time = 0; time <= times; time += 1) {
  const milliseconds = time === 0 ? 200 : SECONDS * 1000;
  if (world.rank === 0) {
    const turn: Idle = {
      promised: await share(() => world.recvInto(array, 1)),
      blocking: await share(() => void world.recvIntoSync(array, 1)),
    };
    if (time > 0) process.stdout.write(`${JSON.stringify(turn)}\n`);
  } else {
    for (let each = 0; each < 2; each += 1) {
      await delay(milliseconds);
      await world.send(array, 0);
    }
  }
}
