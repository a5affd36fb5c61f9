import assert from 'node:assert/strict';
import { MpiError, SUM } from '../../../src/mpi/index.ts';
import type { Checks } from '../checks.ts';

/** Expects an error of a class whose message has the text, thrown or promised. */
async function fails(run: () => unknown, errorClass: string, text: RegExp): Promise<void> {
  await assert.rejects(
    async () => run(),
    (error) => {
      assert.ok(error instanceof MpiError, String(error));
      assert.equal(error.errorClass, errorClass, error.message);
      assert.match(error.message, text);
      return true;
    },
  );
}

export const checks: Checks = {
  'ranks, tags and roots that are none are refused': async ({ world }) => {
    const most = world.size - 1;
    await fails(
      () => world.send(1, world.size),
      'MPI_ERR_RANK',
      new RegExp(`dest is ${world.size}: give a rank from 0 to ${most}`),
    );
    await fails(() => world.send(1, -1), 'MPI_ERR_RANK', /dest is -1/);
    await fails(() => world.sendSync(1, 0.5), 'MPI_ERR_RANK', /dest is 0.5/);
    await fails(() => world.recv(99), 'MPI_ERR_RANK', /source is 99/);
    await fails(() => world.send(1, 0, -2), 'MPI_ERR_TAG', /tag is -2: give a whole number from 0/);
    await fails(() => world.probe(0, 2 ** 40), 'MPI_ERR_TAG', /tag is 1099511627776/);
    await fails(() => world.bcast(1, 77), 'MPI_ERR_ROOT', /root is 77/);
    await fails(() => world.split(-1), 'MPI_ERR_ARG', /colour is -1/);
  },
  'what is no array, or no longer, is refused': async ({ world }) => {
    await fails(() => world.recvInto([1] as never), 'MPI_ERR_TYPE', /array is of type object/);
    await fails(() => world.recvInto(new DataView(new ArrayBuffer(8)) as never), 'MPI_ERR_TYPE', /array is a DataView/);
    const resizable = new Float64Array(new ArrayBuffer(8, { maxByteLength: 16 }));
    await fails(() => world.send(resizable, 0), 'MPI_ERR_BUFFER', /resizable ArrayBuffer/);
    await fails(() => world.recvInto(resizable), 'MPI_ERR_BUFFER', /resizable ArrayBuffer/);
    await fails(() => world.bcastInto(resizable), 'MPI_ERR_BUFFER', /resizable ArrayBuffer/);
    const gone = new Float64Array(1);
    gone.buffer.transfer();
    await fails(() => world.recvInto(gone), 'MPI_ERR_BUFFER', /was transferred/);
    await fails(() => world.send(() => 1, 0), 'MPI_ERR_TYPE', /could not be cloned.*send what structuredClone copies/);
  },
  'lengths, types and operations that do not fit are refused': async ({ world }) => {
    await fails(() => world.allreduce(1, 'MEAN' as never), 'MPI_ERR_OP', /no operation "MEAN": take one of SUM, PROD/);
    await fails(() => world.allreduce('text' as never, SUM), 'MPI_ERR_TYPE', /value is of type string/);
    await fails(() => world.allreduce(Float64Array.of(1), 'BAND'), 'MPI_ERR_OP', /allreduce/);
    await fails(() => world.allreduce(Float64Array.of(1, 2), 'MINLOC'), 'MPI_ERR_TYPE', /Int32Array of pairs/);
    await fails(
      () => world.allgatherInto(new Int32Array(2), new Int32Array(1)),
      'MPI_ERR_COUNT',
      /into has room for 1 elements, and \d+ come/,
    );
    await fails(
      () => world.allgatherInto(new Int32Array(1), new Float64Array(99) as never),
      'MPI_ERR_TYPE',
      /Int32Array, the other a Float64Array/,
    );
    await fails(
      () => world.gatherInto(new Int32Array(1), undefined, world.rank),
      'MPI_ERR_TYPE',
      /into is of type undefined/,
    );
    await fails(
      () => world.allgatherInto(new Int32Array(1), new Int32Array(9), { counts: [1.5] }),
      'MPI_ERR_COUNT',
      /counts is \[1.5\]/,
    );
    await fails(
      () => world.scatter([], world.rank),
      'MPI_ERR_COUNT',
      /The root passes 0 values: give one for each of the \d ranks/,
    );
  },
  'a message that is longer than its array is an error, blocking and promised, and the next one comes': async ({
    world,
  }) => {
    const next = (world.rank + 1) % world.size;
    const before = (world.rank + world.size - 1) % world.size;
    for (const receive of [
      () => world.recvInto(new Int32Array(2), before, 1),
      () => world.recvIntoSync(new Int32Array(2), before, 1),
    ]) {
      const sent = world.send(Int32Array.of(1, 2, 3), next, 1);
      await fails(receive, 'MPI_ERR_TRUNCATE', /recvInto: .*\(MPI_ERR_TRUNCATE\)/);
      await sent;
    }
    // Already waiting when the message comes.
    const waiting = world.recvInto(new Int32Array(2), before, 1);
    const refused = fails(() => waiting, 'MPI_ERR_TRUNCATE', /recvInto/);
    await world.barrier();
    await world.send(Int32Array.of(1, 2, 3), next, 1);
    await refused;
    await world.send(Int32Array.of(4), next, 1);
    const array = new Int32Array(1);
    await world.recvInto(array, before, 1);
    assert.equal(array[0], 4);
  },
  'a communicator that is freed, or in use, is not to be used': async ({ world }) => {
    const copy = await world.dup();
    const waiting = copy.recv();
    await fails(() => copy.free(), 'MPI_ERR_PENDING', /1 receives or probes are under way/);
    await copy.send('end', copy.rank);
    await waiting;
    const under = copy.barrier();
    await fails(() => copy.barrierSync(), 'MPI_ERR_PENDING', /await it before one that blocks/);
    await under;
    copy.free();
    await fails(() => copy.send(1, 0), 'MPI_ERR_COMM', /send: This communicator is freed/);
    await fails(() => copy.recv(), 'MPI_ERR_COMM', /freed/);
    await fails(() => copy.barrierSync(), 'MPI_ERR_COMM', /freed/);
    await fails(() => copy.free(), 'MPI_ERR_COMM', /freed/);
    await fails(() => world.free(), 'MPI_ERR_COMM', /The world lives as long as MPI/);
  },
  'fault tolerance that was not asked for is not there': async ({ world }) => {
    for (const call of [() => world.revoke(), () => world.agree(1), () => world.shrink(), () => world.getFailed()]) {
      await fails(call, 'MPI_ERR_UNSUPPORTED_OPERATION', /started without fault tolerance.*--with-ft ulfm/);
    }
  },
  'an error names the operation, its class and MPI’s own number': async ({ world }) => {
    const error = await world.allreduce(Float64Array.of(1), 'BOR').catch((error: unknown) => error as MpiError);
    assert.ok(error instanceof MpiError);
    assert.equal(error.operation, 'allreduce');
    assert.equal(typeof error.code, 'number');
    assert.equal(error.name, 'MpiError');
  },
};
