/** One of two ranks: `ping-pong-rank.ts PAIRS`. The first prints microseconds of each turn. */
import { initialize } from '../../src/mpi/index.ts';
import { koffiMpi } from './koffi-mpi.ts';
import type { PingPong } from './ping-pong.ts';

const ROUNDS = 20_000;
const pairs = Number(process.argv[2]);

const { world } = await initialize();
const koffi = await koffiMpi();
const other = 1 - world.rank;
const array = new Float64Array(1);
const first = world.rank === 0;

const WAYS: Record<keyof PingPong, (rounds: number) => Promise<void> | void> = {
  promised: async (rounds) => {
    for (let round = 0; round < rounds; round += 1) {
      if (first) await world.send(array, other, 1);
      await world.recvInto(array, other, 1);
      if (!first) await world.send(array, other, 1);
    }
  },
  blocking: (rounds) => {
    for (let round = 0; round < rounds; round += 1) {
      if (first) world.sendSync(array, other, 2);
      world.recvIntoSync(array, other, 2);
      if (!first) world.sendSync(array, other, 2);
    }
  },
  koffi: (rounds) => {
    for (let round = 0; round < rounds; round += 1) {
      if (first) koffi.send(array, other, 3);
      koffi.receive(array, other, 3);
      if (!first) koffi.send(array, other, 3);
    }
  },
};

for (let pair = 0; pair <= pairs; pair += 1) {
  const turn: PingPong = { promised: 0, blocking: 0, koffi: 0 };
  const ways = Object.keys(WAYS) as (keyof PingPong)[];
  // Each begins as often as the others.
  for (const way of [...ways.slice(pair % 3), ...ways.slice(0, pair % 3)]) {
    world.barrierSync();
    const began = performance.now();
    await WAYS[way](ROUNDS);
    turn[way] = ((performance.now() - began) * 1000) / ROUNDS;
  }
  // The first pair is the warm-up.
  if (first && pair > 0) process.stdout.write(`${JSON.stringify(turn)}\n`);
}
