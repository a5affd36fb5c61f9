import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Checks } from '../checks.ts';

const collect = (): void => (globalThis as unknown as { gc: () => void }).gc();

/** Collects garbage, and fills memory with what a dangling pointer would hit. */
async function disturb(): Promise<void> {
  for (let each = 0; each < 3; each += 1) {
    collect();
    const litter = Array.from({ length: 50 }, () => new Uint8Array(4096).fill(0xaa));
    await turn();
    assert.equal(litter.length, 50);
  }
}

/** Bytes that four rounds leave behind if they keep their messages alone: 14 MB. */
const LEAKED = 12_000_000;

export const checks: Checks = {
  'arrays that nobody else holds live as long as they are in use': async ({ world }) => {
    const other = world.rank ^ 1;
    const length = 200_000;
    const received = Array.from({ length: 8 }, (_, tag) => {
      const array = new Int32Array(length);
      return world.recvInto(array, other, tag).then(() => array);
    });
    await disturb();
    await world.barrier();
    // Too long to be copied by MPI: they are read when the receiver takes them.
    const sent = Array.from({ length: 8 }, (_, tag) => world.send(new Int32Array(length).fill(tag + 1), other, tag));
    await disturb();
    for (const [tag, array] of (await Promise.all(received)).entries()) {
      assert.ok(array.every((value) => value === tag + 1));
    }
    await Promise.all(sent);
  },
  'values under way live through collections': async ({ world }) => {
    const other = world.rank ^ 1;
    const received = Array.from({ length: 20 }, () => world.recv<string>(other));
    await disturb();
    await world.barrier();
    const sent = Array.from({ length: 20 }, (_, index) => world.send(`${index} `.repeat(20_000), other));
    await disturb();
    for (const [index, { value }] of (await Promise.all(received)).entries()) {
      assert.equal(value, `${index} `.repeat(20_000));
    }
    await Promise.all(sent);
  },
  'an array that is transferred while it is received into keeps its memory, and the promise says so': async ({
    world,
  }) => {
    const other = world.rank ^ 1;
    const array = new Int32Array(100_000);
    const received = world.recvInto(array, other, 5);
    // The new buffer is garbage at once.
    array.buffer.transfer();
    await disturb();
    await world.barrier();
    const sent = world.send(new Int32Array(100_000).fill(7), other, 5);
    await assert.rejects(received, {
      name: 'MpiError',
      errorClass: 'MPI_ERR_BUFFER',
      message: /was transferred while/,
    });
    await sent;
  },
  'an array that is transferred while it is sent arrives': async ({ world }) => {
    const other = world.rank ^ 1;
    const array = new Int32Array(100_000).fill(9);
    const sent = world.send(array, other, 6);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    await disturb();
    await world.barrier();
    const into = new Int32Array(100_000);
    await world.recvInto(into, other, 6);
    assert.ok(into.every((value) => value === 9));
    await sent;
  },
  'the memory of a window outlives everything but the window': async ({ world }) => {
    const window = await world.allocateWindow(Float64Array, 1000);
    window.memory.fill(world.rank);
    await disturb();
    assert.ok(window.memory.every((value) => value === world.rank));
    const { memory } = window;
    const { buffer } = memory;
    assert.throws(() => buffer.transfer(), TypeError);
    assert.throws(() => structuredClone(buffer, { transfer: [buffer] }));
    assert.equal(memory[999], world.rank);
    await window.free();
    await disturb();
    assert.equal(memory.length, 0);
  },
  'hundreds of operations leave no memory behind': async ({ world }) => {
    const other = world.rank ^ 1;
    const small = new Float64Array(16);
    const round = async (): Promise<void> => {
      for (let each = 0; each < 120; each += 1) {
        await Promise.all([world.send({ each, bytes: new Uint8Array(30_000) }, other, 1), world.recv(other, 1)]);
        await Promise.all([world.send(small, other, 2), world.recvInto(small, other, 2)]);
        world.iprobe();
        await assert.rejects(world.send(1, 99));
      }
      for (let each = 0; each < 10; each += 1) {
        await world.allreduce(each);
        const copy = await world.dup();
        copy.free();
        const window = await world.allocateWindow(Int32Array, 500_000);
        await window.free();
      }
    };
    await round();
    const used = (): number => {
      collect();
      return process.memoryUsage().rss;
    };
    // What is kept by each round would show every time; what settles, or is collected late, only once.
    let grown = Infinity;
    for (let look = 0; look < 3; look += 1) {
      await turn();
      const before = used();
      for (let each = 0; each < 4; each += 1) await round();
      await turn();
      grown = Math.min(grown, used() - before);
    }
    assert.ok(grown < LEAKED, `grew by ${(grown / 1e6).toFixed(1)} MB`);
  },
};
