import assert from 'node:assert/strict';
import { BAND, BOR, BXOR, LAND, LOR, LXOR, MAX, MAXLOC, MIN, MINLOC, PROD, SUM } from '../../../src/mpi/index.ts';
import type { MpiArray } from '../../../src/mpi/index.ts';
import type { Checks } from '../checks.ts';

/** The rank of mpi4py, which does the same in test/mpi/peer.py. */
const PYTHON = 0;
const OPERATIONS = [SUM, PROD, MIN, MAX, LAND, LOR, LXOR, BAND, BOR, BXOR] as const;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const checks: Checks = {
  'arrays of every type go to mpi4py and back': async ({ world }) => {
    const arrays: MpiArray[] = [
      Int8Array.of(-128, world.rank, 127),
      Uint8Array.of(0, world.rank, 255),
      Int16Array.of(-32768, world.rank, 32767),
      Uint16Array.of(0, world.rank, 65535),
      Int32Array.of(-(2 ** 31), world.rank, 2 ** 31 - 1),
      Uint32Array.of(0, world.rank, 2 ** 32 - 1),
      Float32Array.of(1.5, world.rank, -0),
      Float64Array.of(Math.PI, world.rank, Number.MIN_VALUE),
      BigInt64Array.of(-(2n ** 63n), BigInt(world.rank), 2n ** 63n - 1n),
      BigUint64Array.of(0n, BigInt(world.rank), 2n ** 64n - 1n),
    ];
    for (const [tag, array] of arrays.entries()) {
      const back = new (array.constructor as new (length: number) => MpiArray)(3);
      await world.send(array, PYTHON, tag);
      const { count } = await world.recvInto(back, PYTHON, tag + 1);
      assert.equal(count, 3);
      assert.deepEqual(back, array);
    }
  },
  'bytes are probed, on both sides': async ({ world }) => {
    world.sendSync(Uint8Array.of(1, 2, world.rank), PYTHON, 9);
    assert.deepEqual(await world.probe(PYTHON, 10), { source: PYTHON, tag: 10, bytes: 3 });
    assert.deepEqual([...world.recvSync<Uint8Array>(PYTHON, 10).value], [world.rank, 2, 1]);
  },
  'every operation comes to the same': async ({ world }) => {
    const { rank, size } = world;
    const own = Int32Array.of(rank + 1, rank % 2, (rank * 5) % 3);
    for (const operation of OPERATIONS) {
      const all = await world.allreduce(own, operation);
      assert.equal(await world.reduce(own, operation, 0), undefined);
      const reduced = world.reduceSync(own, operation, 1);
      assert.deepEqual(reduced, rank === 1 ? all : undefined);
      await world.send(all, PYTHON, 20);
    }
    const values = upTo(size).map((each) => (each * 7) % 5);
    const pair = Int32Array.of(values[rank]!, rank);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    assert.deepEqual([...(await world.allreduce(pair, MINLOC))], [least, values.indexOf(least)]);
    assert.deepEqual([...(await world.allreduce(pair, MAXLOC))], [most, values.indexOf(most)]);
    assert.equal(await world.allreduce(rank + 0.5), (size * size) / 2);
  },
  'each gives to all': async ({ world }) => {
    for (const root of upTo(world.size)) {
      const values = Float64Array.from(upTo(10), (at) => (world.rank === root ? at / 3 + root : 0));
      await world.bcastInto(values, root);
      assert.deepEqual(
        [...values],
        upTo(10).map((at) => at / 3 + root),
      );
    }
  },
  'equal parts are scattered and gathered': async ({ world }) => {
    const { rank, size } = world;
    await world.barrier();
    const whole = Int32Array.from(upTo(2 * size));
    for (const root of upTo(size)) {
      const part = await world.scatterInto(rank === root ? whole : undefined, new Int32Array(2), root);
      assert.deepEqual([...part], [2 * rank, 2 * rank + 1]);
      const gathered = await world.gatherInto(part, rank === root ? new Int32Array(2 * size) : undefined, root);
      assert.deepEqual(gathered, rank === root ? whole : undefined);
      assert.deepEqual(await world.allgatherInto(part, new Int32Array(2 * size)), whole);
    }
  },
  'parts of their own lengths are scattered and gathered': async ({ world }) => {
    const { rank, size } = world;
    const counts = upTo(size).map((each) => (each * 2) % 5);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const whole = Float32Array.from(upTo(total));
    for (const root of upTo(size)) {
      const from = rank === root ? whole : undefined;
      const part = await world.scatterInto(from, new Float32Array(counts[rank]!), root, { counts });
      const into = rank === root ? new Float32Array(total) : undefined;
      assert.deepEqual(await world.gatherInto(part, into, root, { counts }), from);
      assert.deepEqual(await world.allgatherInto(part, new Float32Array(total), { counts }), whole);
    }
  },
  'communicators are split and duplicated together': async ({ world }) => {
    const half = (await world.split(world.rank % 2, -world.rank))!;
    const members = upTo(world.size).filter((rank) => rank % 2 === world.rank % 2);
    assert.deepEqual(
      [...(await half.allreduce(Int32Array.of(world.rank)))],
      [members.reduce((sum, rank) => sum + rank, 0)],
    );
    const copy = world.dupSync();
    await copy.barrier();
    copy.free();
    half.free();
    const host = await world.splitShared();
    assert.equal(host.size, world.size);
    host.free();
  },
  'one window is written and read by both': async ({ world }) => {
    const { rank, size } = world;
    const window = await world.allocateWindow(BigInt64Array, 4);
    window.lockAll();
    for (let each = 0; each < 50; each += 1) window.fetchAndOpSync(1n, 0, 0);
    for (let each = 0; each < 50; each += 1) await window.fetchAndOp(1n, 0, 0);
    window.accumulateSync(BigInt64Array.of(10n ** BigInt(rank + 1)), 0, 1);
    window.putSync(BigInt64Array.of(BigInt(rank * rank)), 0, 2);
    window.compareAndSwapSync(0n, BigInt(rank), 0, 3);
    await world.barrier();
    await world.barrier();
    window.sync();
    assert.equal(window.memory[2], rank === 1 ? 77n : 0n);
    assert.equal(window.getSync(new BigInt64Array(1), 0)[0], BigInt(100 * size));
    await world.barrier();
    window.unlockAll();
    await window.free();
  },
};
