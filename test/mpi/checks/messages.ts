import assert from 'node:assert/strict';
import { ANY_SOURCE } from '../../../src/mpi/index.ts';
import type { MpiArray } from '../../../src/mpi/index.ts';
import type { Checks } from '../checks.ts';

/** Numbers that each type holds at its ends. */
const ARRAYS: MpiArray[] = [
  Int8Array.of(-128, 0, 127),
  Uint8Array.of(0, 255),
  Uint8ClampedArray.of(0, 255),
  Int16Array.of(-32768, 32767),
  Uint16Array.of(0, 65535),
  Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
  Uint32Array.of(0, 2 ** 32 - 1),
  Float32Array.of(1.5, -0, Infinity),
  Float64Array.of(Math.PI, Number.MIN_VALUE, NaN),
  BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  BigUint64Array.of(0n, 2n ** 64n - 1n),
];

const VALUE = {
  text: 'Ärger 🙂',
  list: [1, null, undefined, -0, NaN],
  map: new Map([['key', new Set([1n])]]),
  date: new Date(86_400_000),
  bytes: Uint8Array.of(1, 2, 3),
  nothing: undefined,
};

/** The ranks before and after this one, in a ring. */
const ring = ({ rank, size }: { rank: number; size: number }) => ({
  next: (rank + 1) % size,
  before: (rank + size - 1) % size,
});

export const checks: Checks = {
  'values go round a ring, as structuredClone copies them': async ({ world }) => {
    const { next, before } = ring(world);
    const [, message] = await Promise.all([world.send({ ...VALUE, from: world.rank }, next, 3), world.recv(before, 3)]);
    assert.deepEqual(message.value, { ...VALUE, from: before });
    assert.equal(message.source, before);
    assert.equal(message.tag, 3);
    assert.ok(message.bytes > 50);
  },
  'values go round a ring by blocking calls': ({ world }) => {
    const { next, before } = ring(world);
    world.sendSync(VALUE, next);
    assert.deepEqual(world.recvSync(before).value, VALUE);
  },
  'memory that only grows is sent, and an array is what it is, whatever it calls itself': async ({ world }) => {
    const { next, before } = ring(world);
    const growing = new Uint8Array(new SharedArrayBuffer(3, { maxByteLength: 64 }));
    Object.defineProperty(growing, Symbol.toStringTag, { value: 'Float64Array' });
    growing.set([1, 2, 3]);
    const into = new Uint8Array(8);
    const [, filled] = await Promise.all([world.send(growing, next, 5), world.recvInto(into, before, 5)]);
    assert.equal(filled.bytes, 3);
    assert.deepEqual([...into], [1, 2, 3, 0, 0, 0, 0, 0]);
  },
  'arrays of every type keep their bits, promised and blocking': async ({ world }) => {
    const { next, before } = ring(world);
    for (const [tag, array] of ARRAYS.entries()) {
      const type = array.constructor as new (length: number) => MpiArray;
      const into = new type(array.length + 1);
      const [, filled] = await Promise.all([world.send(array, next, tag), world.recvInto(into, before, tag)]);
      assert.deepEqual(filled, { source: before, tag, bytes: array.byteLength, count: array.length });
      assert.deepEqual(into.subarray(0, array.length), array);
      assert.equal(Number(into[array.length]), 0);
      new Uint8Array(into.buffer).fill(0);
      world.sendSync(array, next, tag);
      assert.equal(world.recvIntoSync(into, before, tag).count, array.length);
      assert.deepEqual(into.subarray(0, array.length), array);
    }
  },
  'a part of an array is sent from where it lies': async ({ world }) => {
    const { next, before } = ring(world);
    const whole = Int32Array.from({ length: 100 }, (_, index) => index);
    const into = new Int32Array(10);
    await Promise.all([world.send(whole.subarray(40, 44), next), world.recvInto(into.subarray(3, 7), before)]);
    assert.deepEqual([...into], [0, 0, 0, 40, 41, 42, 43, 0, 0, 0]);
  },
  'memory that threads share is sent and received into': async ({ world }) => {
    const { next, before } = ring(world);
    const shared = new Int32Array(new SharedArrayBuffer(8)).fill(7);
    const into = new Int32Array(new SharedArrayBuffer(8));
    await Promise.all([world.send(shared, next), world.recvInto(into, before)]);
    assert.deepEqual([...into], [7, 7]);
  },
  'an empty array is a message': async ({ world }) => {
    const { next, before } = ring(world);
    const [, filled] = await Promise.all([
      world.send(new Float64Array(0), next),
      world.recvInto(new Float64Array(2), before),
    ]);
    assert.equal(filled.count, 0);
  },
  'large arrays and values arrive whole': async ({ world }) => {
    const { next, before } = ring(world);
    const array = Float64Array.from({ length: 300_000 }, (_, index) => index * world.rank);
    const into = new Float64Array(300_000);
    await Promise.all([world.send(array, next, 1), world.recvInto(into, before, 1)]);
    assert.equal(into[299_999], 299_999 * before);
    const text = 'x'.repeat(3_000_000);
    const [, message] = await Promise.all([world.send(text, next, 2), world.recv<string>(before, 2)]);
    assert.equal(message.value.length, text.length);
  },
  'an array that is received as a value is its bytes': async ({ world }) => {
    const { next, before } = ring(world);
    const [, { value }] = await Promise.all([world.send(Int16Array.of(258), next), world.recv<Uint8Array>(before)]);
    assert.deepEqual([...value], [2, 1]);
  },
  'any rank and any tag are received from, and the message tells which': async ({ world }) => {
    if (world.rank > 0) return world.send(world.rank * 10, 0, world.rank + 5);
    const seen = new Set<number>();
    for (let each = 1; each < world.size; each += 1) {
      const { value, source, tag } = await world.recv(ANY_SOURCE);
      assert.equal(value, source * 10);
      assert.equal(tag, source + 5);
      seen.add(source);
    }
    assert.equal(seen.size, world.size - 1);
  },
  'messages of one rank keep their order, also for many receives at once': async ({ world }) => {
    const { next, before } = ring(world);
    const sends = Array.from({ length: 200 }, (_, index) => world.send(index, next, 1));
    const received = await Promise.all(Array.from({ length: 200 }, () => world.recv<number>(before, 1)));
    assert.deepEqual(
      received.map(({ value }) => value),
      Array.from({ length: 200 }, (_, index) => index),
    );
    await Promise.all(sends);
  },
  'an earlier receive gets a message that suits it before a later one': async ({ world }) => {
    const { next, before } = ring(world);
    const any = world.recv();
    const exact = world.recv(before, 2);
    const last = world.recv(before, 9);
    await world.barrier();
    await world.send('first', next, 2);
    await world.send('second', next, 2);
    await world.send('third', next, 9);
    assert.deepEqual([(await any).value, (await exact).value, (await last).value], ['first', 'second', 'third']);
  },
  'a probe tells of a message and leaves it': async ({ world }) => {
    const { next, before } = ring(world);
    assert.equal(world.iprobe(before, 77), undefined);
    await world.barrier();
    await world.send(Float64Array.of(1, 2), next, 77);
    assert.deepEqual(await world.probe(before, 77), { source: before, tag: 77, bytes: 16 });
    assert.deepEqual(world.probeSync(before), { source: before, tag: 77, bytes: 16 });
    assert.deepEqual(world.iprobe(), { source: before, tag: 77, bytes: 16 });
    const into = new Float64Array(2);
    world.recvIntoSync(into, before, 77);
    assert.deepEqual([...into], [1, 2]);
    assert.equal(world.iprobe(before, 77), undefined);
  },
  'waiting ends with its signal, and the message goes to whoever waits next': async ({ world }) => {
    const { next, before } = ring(world);
    for (const wait of [
      (signal: AbortSignal) => world.recv(before, 4, { signal }),
      (signal: AbortSignal) => world.recvInto(new Float64Array(1), before, 4, { signal }),
      (signal: AbortSignal) => world.probe(before, 4, { signal }),
    ]) {
      const control = new AbortController();
      const waiting = wait(control.signal);
      control.abort(new Error('enough'));
      await assert.rejects(waiting, /enough/);
      await assert.rejects(async () => wait(control.signal), /enough/);
    }
    await world.barrier();
    await world.send(Float64Array.of(8), next, 4);
    const into = new Float64Array(1);
    await world.recvInto(into, before, 4);
    assert.equal(into[0], 8);
  },
  'waiting leaves the loop free': async ({ world }) => {
    const { next, before } = ring(world);
    const received = world.recv(before, 6);
    let turns = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        turns += 1;
        if (turns < 10) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await world.send('after ten turns', next, 6);
    assert.equal((await received).value, 'after ten turns');
  },
};
