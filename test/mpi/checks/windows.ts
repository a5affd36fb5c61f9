import assert from 'node:assert/strict';
import { BOR, MAX, NO_OP, REPLACE } from '../../../src/mpi/index.ts';
import type { MpiError } from '../../../src/mpi/index.ts';
import type { Checks } from '../checks.ts';

export const checks: Checks = {
  'parts of a window are written and read': async ({ world }) => {
    const next = (world.rank + 1) % world.size;
    const before = (world.rank + world.size - 1) % world.size;
    const window = await world.allocateWindow(Float64Array, 6);
    assert.deepEqual([...window.memory], [0, 0, 0, 0, 0, 0]);
    await world.barrier();
    window.lockAll();
    window.putSync(Float64Array.of(world.rank, world.rank + 0.5), next, 1);
    await window.put(Float64Array.of(9 + world.rank), next, 4);
    window.flush(next);
    await world.barrier();
    window.sync();
    assert.deepEqual([...window.memory], [0, before, before + 0.5, 0, 9 + before, 0]);
    assert.deepEqual([...window.getSync(new Float64Array(2), next, 1)], [world.rank, world.rank + 0.5]);
    assert.deepEqual(
      [...(await window.get(new Float64Array(6), next))],
      [0, world.rank, world.rank + 0.5, 0, 9 + world.rank, 0],
    );
    window.unlockAll();
    await window.free();
  },
  'all add to one part, and nothing is lost': async ({ world }) => {
    const window = await world.allocateWindow(Int32Array, world.rank === 0 ? 3 : 0);
    window.lockAll();
    for (let each = 0; each < 100; each += 1) {
      window.accumulateSync(Int32Array.of(1, world.rank), 0);
      if (each % 10 === 0) await window.accumulate(Int32Array.of(1 << world.rank), 0, 2, BOR);
    }
    window.flushAll();
    await world.barrier();
    const all = window.getSync(new Int32Array(3), 0);
    assert.deepEqual([...all], [100 * world.size, (100 * world.size * (world.size - 1)) / 2, 2 ** world.size - 1]);
    window.unlockAll();
    await window.free();
  },
  'every ticket of a counter is given once': async ({ world }) => {
    for (const type of [Int32Array, Uint32Array, BigInt64Array, BigUint64Array] as const) {
      const big = type === BigInt64Array || type === BigUint64Array;
      const window = await world.allocateWindow<Int32Array | BigInt64Array>(type as never, world.rank === 0 ? 2 : 0);
      const one = (big ? 1n : 1) as never;
      window.lockAll();
      const own: (number | bigint)[] = [];
      for (let each = 0; each < 50; each += 1) own.push(window.fetchAndOpSync(one, 0, 1));
      for (let each = 0; each < 50; each += 1) own.push(await window.fetchAndOp(one, 0, 1));
      const all = (await world.allgather(own))
        .flat()
        .map(Number)
        .sort((a, b) => a - b);
      assert.deepEqual(
        all,
        Array.from({ length: 100 * world.size }, (_, index) => index),
      );
      assert.equal(Number(window.fetchAndOpSync((big ? 0n : 0) as never, 0, 1, NO_OP)), 100 * world.size);
      await world.barrier();
      window.unlockAll();
      await window.free();
    }
  },
  'a fetch replaces, and takes the greater': async ({ world }) => {
    const window = await world.allocateWindow(Float64Array, 2);
    window.lock(world.rank, { exclusive: true });
    assert.equal(window.fetchAndOpSync(2.5, world.rank, 0, REPLACE), 0);
    assert.equal(window.fetchAndOpSync(1.5, world.rank, 0, MAX), 2.5);
    assert.equal(await window.fetchAndOp(7.5, world.rank, 0, MAX), 2.5);
    assert.equal(window.fetchAndOpSync(0, world.rank, 0, NO_OP), 7.5);
    window.unlock(world.rank);
    await window.free();
  },
  'one of all wins a swap': async ({ world }) => {
    for (const type of [Int32Array, BigInt64Array] as const) {
      const value = (number: number): never => (type === BigInt64Array ? BigInt(number) : number) as never;
      const window = await world.allocateWindow<Int32Array | BigInt64Array>(type, 1);
      window.lockAll();
      const old = window.compareAndSwapSync(value(0), value(world.rank + 1), 0, 0);
      const olds = await world.allgather(Number(old));
      assert.equal(olds.filter((each) => each === 0).length, 1);
      const winner = olds.indexOf(0) + 1;
      assert.ok(olds.every((each) => each === 0 || each === winner));
      assert.equal(Number(window.compareAndSwapSync(value(-1), value(9), 0, 0)), winner);
      await world.barrier();
      window.unlockAll();
      await window.free();
    }
  },
  'memory of one host is shared, and atomics work in it': async ({ world }) => {
    const host = await world.splitShared();
    const window = await host.allocateSharedWindow(Int32Array, 2);
    window.lockAll();
    await host.barrier();
    const first = window.memoryOf(0);
    for (let each = 0; each < 1000; each += 1) Atomics.add(first, 0, 1);
    window.memoryOf((host.rank + 1) % host.size)[1] = host.rank;
    await host.barrier();
    window.sync();
    assert.equal(Atomics.load(first, 0), 1000 * host.size);
    assert.equal(window.memory[1], (host.rank + host.size - 1) % host.size);
    await host.barrier();
    window.unlockAll();
    await window.free();
    assert.equal(first.length, 0);
    assert.equal(window.memory.length, 0);
    host.free();
  },
  'what lies outside of a part is refused': async ({ world }) => {
    const window = await world.allocateWindow(Int32Array, world.rank);
    window.lockAll();
    const last = world.size - 1;
    const refused = (errorClass: string, text: RegExp) => (error: MpiError) => {
      assert.equal(error.errorClass, errorClass);
      assert.match(error.message, text);
      return true;
    };
    assert.throws(() => window.putSync(Int32Array.of(1), 0), refused('MPI_ERR_RMA_RANGE', /rank 0 has 0: stay within/));
    assert.throws(
      () => window.fetchAndOpSync(1, last, last),
      refused('MPI_ERR_RMA_RANGE', new RegExp(`offset is ${last} for 1`)),
    );
    assert.throws(() => window.getSync(new Int32Array(1), last, -1), refused('MPI_ERR_RMA_RANGE', /offset is -1/));
    assert.throws(() => window.getSync(new Int32Array(1), world.size), refused('MPI_ERR_RANK', /give a rank from 0/));
    assert.throws(
      () => window.getSync(new Float64Array(0) as never, last),
      refused('MPI_ERR_TYPE', /holds a Int32Array/),
    );
    window.unlockAll();
    await window.free();
    assert.throws(() => window.lockAll(), refused('MPI_ERR_WIN', /freed/));
  },
  'an access without a lock is refused': async ({ world }) => {
    const window = await world.allocateWindow(Int32Array, 1);
    const refused = {
      name: 'MpiError',
      errorClass: 'MPI_ERR_RMA_SYNC',
      message: /rank 0 is not locked: call lock\(0\) or lockAll/,
    };
    assert.throws(() => window.putSync(Int32Array.of(1), 0), refused);
    assert.throws(() => window.fetchAndOpSync(1, 0, 0), refused);
    assert.throws(() => window.flush(0), refused);
    window.lock(0);
    window.accumulateSync(Int32Array.of(1), 0);
    window.unlock(0);
    assert.throws(() => window.unlock(0), refused);
    window.lockAll();
    window.accumulateSync(Int32Array.of(1), 0);
    window.unlockAll();
    await assert.rejects(window.get(new Int32Array(1), 0), refused);
    await window.free();
  },
};
