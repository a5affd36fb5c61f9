import assert from 'node:assert/strict';
import { BAND, BOR, BXOR, LAND, LOR, LXOR, MAX, MAXLOC, MIN, MINLOC, PROD, SUM } from '../../../src/mpi/index.ts';
import type { Operation } from '../../../src/mpi/index.ts';
import type { Checks } from '../checks.ts';

/** The numbers 0 to n - 1. */
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Reductions of integers, worked out by hand from the ranks' own. */
const BY_HAND: [Operation, (one: number, other: number) => number][] = [
  [SUM, (one, other) => one + other],
  [PROD, (one, other) => one * other],
  [MIN, Math.min],
  [MAX, Math.max],
  [LAND, (one, other) => Number(one !== 0 && other !== 0)],
  [LOR, (one, other) => Number(one !== 0 || other !== 0)],
  [LXOR, (one, other) => Number((one !== 0) !== (other !== 0))],
  [BAND, (one, other) => one & other],
  [BOR, (one, other) => one | other],
  [BXOR, (one, other) => one ^ other],
];

export const checks: Checks = {
  'a barrier is passed when all have come': async ({ world }) => {
    await world.barrier();
    world.barrierSync();
  },
  'every operation on integers, from every root': async ({ world }) => {
    const own = (rank: number): number[] => [rank + 1, rank % 2, (rank * 5) % 3];
    for (const [operation, byHand] of BY_HAND) {
      // Truth is 0 or 1 from two ranks on; of one rank it is its own number.
      if (world.size === 1 && operation.startsWith('L')) continue;
      const expected = upTo(3).map((at) =>
        upTo(world.size)
          .map((rank) => own(rank)[at]!)
          .reduce((one, other) => byHand(one, other)),
      );
      const array = Int32Array.from(own(world.rank));
      assert.deepEqual([...(await world.allreduce(array, operation))], expected, operation);
      assert.deepEqual([...world.allreduceSync(array, operation)], expected, operation);
      const root = world.size - 1;
      const reduced = await world.reduce(array, operation, root);
      assert.deepEqual(reduced === undefined ? undefined : [...reduced], world.rank === root ? expected : undefined);
      assert.deepEqual([...array], own(world.rank));
    }
  },
  'numbers and bigints are reduced as such': async ({ world }) => {
    const sum = (world.size * (world.size + 1)) / 2;
    assert.equal(await world.allreduce(world.rank + 1), sum);
    assert.equal(world.allreduceSync(world.rank + 1.5), sum + world.size / 2);
    assert.equal(await world.allreduce(BigInt(world.rank + 1) << 40n), BigInt(sum) << 40n);
    assert.equal(await world.reduce(world.rank, MAX), world.rank === 0 ? world.size - 1 : undefined);
    assert.equal(world.reduceSync(world.rank, MIN), world.rank === 0 ? 0 : undefined);
  },
  'reductions of every type of array': async ({ world }) => {
    const types = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];
    for (const type of types) {
      const sum = await world.allreduce(type.of(world.rank, 1));
      assert.deepEqual(sum, type.of((world.size * (world.size - 1)) / 2, world.size));
    }
    for (const type of [BigInt64Array, BigUint64Array]) {
      const most = await world.allreduce(type.of(BigInt(world.rank)), MAX);
      assert.deepEqual(most, type.of(BigInt(world.size - 1)));
    }
  },
  'the least and the greatest are found with their places': async ({ world }) => {
    const value = (rank: number): number => (rank * 7) % 5;
    const values = upTo(world.size).map(value);
    const pairs = Int32Array.of(value(world.rank), world.rank, -world.rank, world.rank);
    const least = Math.min(...values);
    assert.deepEqual(
      [...(await world.allreduce(pairs, MINLOC))],
      [least, values.indexOf(least), 1 - world.size || 0, world.size - 1],
    );
    const most = Math.max(...values);
    assert.deepEqual([...world.allreduceSync(pairs, MAXLOC)], [most, values.indexOf(most), 0, 0]);
  },
  'a value is given to all, short or long, from any root': async ({ world }) => {
    for (const root of upTo(world.size)) {
      for (const length of [0, 480, 520, 100_000]) {
        const value = { root, text: 'é'.repeat(length) };
        assert.deepEqual(await world.bcast(world.rank === root ? value : undefined, root), value);
      }
      assert.equal(world.bcastSync(world.rank === root ? `from ${root}` : 'nothing', root), `from ${root}`);
    }
  },
  'an array is given to all': async ({ world }) => {
    const root = world.size - 1;
    const own = () => Float64Array.from(upTo(1000), (at) => (world.rank === root ? at / 3 : -1));
    const expected = Float64Array.from(upTo(1000), (at) => at / 3);
    assert.deepEqual(await world.bcastInto(own(), root), expected);
    assert.deepEqual(world.bcastIntoSync(own(), root), expected);
  },
  'values are scattered and gathered, each of its own length': async ({ world }) => {
    const text = (rank: number) => `${rank}`.repeat(rank * 100);
    for (const root of [0, world.size - 1]) {
      const values = world.rank === root ? upTo(world.size).map(text) : undefined;
      assert.equal(await world.scatter(values, root), text(world.rank));
      assert.equal(world.scatterSync(values, root), text(world.rank));
      const gathered = world.rank === root ? upTo(world.size).map(text) : undefined;
      assert.deepEqual(await world.gather(text(world.rank), root), gathered);
      assert.deepEqual(world.gatherSync(text(world.rank), root), gathered);
    }
    assert.deepEqual(
      await world.allgather({ rank: world.rank, text: text(world.rank) }),
      upTo(world.size).map((rank) => ({ rank, text: text(rank) })),
    );
    assert.deepEqual(world.allgatherSync(world.rank), upTo(world.size));
  },
  'arrays are scattered and gathered in equal parts': async ({ world }) => {
    const root = world.size - 1;
    const all = Int32Array.from(upTo(3 * world.size));
    const part = all.slice(3 * world.rank, 3 * world.rank + 3);
    const from = world.rank === root ? all : undefined;
    assert.deepEqual(await world.scatterInto(from, new Int32Array(3), root), part);
    assert.deepEqual(world.scatterIntoSync(from, new Int32Array(3), root), part);
    const into = () => (world.rank === root ? new Int32Array(3 * world.size) : undefined);
    assert.deepEqual(await world.gatherInto(part, into(), root), from);
    assert.deepEqual(world.gatherIntoSync(part, into(), root), from);
    assert.deepEqual(await world.allgatherInto(part, new Int32Array(3 * world.size)), all);
    assert.deepEqual(world.allgatherIntoSync(part, new Int32Array(3 * world.size)), all);
  },
  'arrays are scattered and gathered in parts of their own lengths, none too': async ({ world }) => {
    const root = 0;
    const counts = upTo(world.size).map((rank) => (rank * 2) % 5);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const begin = counts.slice(0, world.rank).reduce((sum, count) => sum + count, 0);
    const all = Float32Array.from(upTo(total));
    const part = all.slice(begin, begin + counts[world.rank]!);
    const from = world.rank === root ? all : undefined;
    // Longer than its part: the rest stays.
    const into = await world.scatterInto(from, new Float32Array(5).fill(-1), root, { counts });
    assert.deepEqual(
      into,
      Float32Array.from(upTo(5), (at) => part[at] ?? -1),
    );
    assert.deepEqual(world.scatterIntoSync(from, new Float32Array(part.length), root, { counts }), part);
    const whole = () => (world.rank === root ? new Float32Array(total) : undefined);
    assert.deepEqual(await world.gatherInto(part, whole(), root, { counts }), from);
    assert.deepEqual(world.gatherIntoSync(part, whole(), root, { counts }), from);
    assert.deepEqual(await world.allgatherInto(part, new Float32Array(total), { counts }), all);
    assert.deepEqual(world.allgatherIntoSync(part, new Float32Array(total), { counts }), all);
  },
  'collectives that are promised at once keep their order': async ({ world }) => {
    const all = await Promise.all([
      world.allgather(`a${world.rank}`),
      world.allreduce(1),
      world.bcast(world.rank === 0 ? 'b' : undefined),
      world.allgather('c'.repeat(world.rank * 1000)),
      world.barrier(),
      world.allreduce(world.rank, MAX),
    ]);
    const [first, second, third, fourth, , sixth] = all;
    assert.deepEqual(
      first,
      upTo(world.size).map((rank) => `a${rank}`),
    );
    assert.equal(second, world.size);
    assert.equal(third, 'b');
    assert.deepEqual(
      fourth.map(({ length }) => length),
      upTo(world.size).map((rank) => rank * 1000),
    );
    assert.equal(sixth, world.size - 1);
  },
  'ranks are split by colour, and ordered by key': async ({ world }) => {
    const colour = world.rank % 2;
    const half = (await world.split(colour, -world.rank))!;
    const members = upTo(world.size)
      .filter((rank) => rank % 2 === colour)
      .reverse();
    assert.equal(half.size, members.length);
    assert.equal(members[half.rank], world.rank);
    assert.deepEqual(await half.allgather(world.rank), members);
    const none = world.splitSync(world.rank === 0 ? 0 : undefined);
    assert.equal(none?.size, world.rank === 0 ? 1 : undefined);
    none?.free();
    const host = await world.splitShared();
    assert.equal(host.size, world.size);
    host.free();
    half.free();
  },
  'messages of a duplicate are apart': async ({ world }) => {
    const copy = await world.dup();
    const next = (world.rank + 1) % world.size;
    const before = (world.rank + world.size - 1) % world.size;
    await copy.send('in the copy', next);
    await world.send('in the world', next);
    assert.equal((await world.recv(before)).value, 'in the world');
    assert.equal((await copy.recv(before)).value, 'in the copy');
    const another = copy.dupSync();
    assert.equal(await another.allreduce(1), world.size);
    another.free();
    copy.free();
  },
  'a rank alone has a world of its own': async (mpi) => {
    assert.deepEqual([mpi.self.rank, mpi.self.size], [0, 1]);
    assert.deepEqual(await mpi.self.allgather('alone'), ['alone']);
  },
  'MPI tells of itself': (mpi) => {
    assert.match(mpi.library, /Open MPI v[5-9]/);
    assert.ok(mpi.version[0] >= 3);
    assert.ok(mpi.processorName.length > 0);
    assert.deepEqual(mpi.threadLevel, { requested: 'funneled', provided: 'funneled' });
    const before = mpi.wtime();
    assert.ok(mpi.wtime() >= before);
    assert.equal(mpi.isFinalized, false);
    assert.equal(mpi.faultTolerant, false);
  },
};
