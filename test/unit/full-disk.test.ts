import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fullDiskLine } from '../../cli/show/full-disk.ts';
import { tryLock } from '../../cli/runtime/data-lock.ts';
import { openRuntime } from '../../cli/runtime/open-runtime.ts';
import { StoreUnwritableError } from '../../src/artifacts/artifact-store.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { whenWritable } from '../../src/artifacts/when-writable.ts';
import { makeDirectory } from '../../src/config/make-directory.ts';
import { readServerState, writeServerState } from '../../src/config/server-state.ts';
import { readLedgerEntries, recordedCall } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { openStore } from '../support/graph-stores.ts';
import { batch, FIRST } from '../graph/conformance.ts';
import { processesOf } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { upsertNode } from '../support/graphs.ts';
import { CAN_MOUNT, smallDisk } from '../support/small-disk.ts';
import type { SmallDisk } from '../support/small-disk.ts';

const LONG = 'x'.repeat(100_000);

describe.runIf(CAN_MOUNT)('a disk that is full', () => {
  let disk: SmallDisk;
  let store: ArtifactStore;
  beforeAll(() => {
    disk = smallDisk(2);
    store = openDirectoryStore(join(disk.folder, 'artifacts'));
  });
  afterEach(() => {
    disk.remount('rw');
    disk.free();
  });
  afterAll(() => disk.close());

  const left = (): string[] => readdirSync(join(disk.folder, 'artifacts', 'tmp'));

  it('takes no artifact, keeps none in half, and takes it once there is room', async () => {
    await store.create('before', 'x');
    disk.fill();
    const error: unknown = await store.create('runs/r/long', LONG).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreUnwritableError);
    expect((error as Error).message).toBe(
      `${join(disk.folder, 'artifacts')} takes no more (ENOSPC: no space left on device, write): make room on its disk, and the run goes on.`,
    );
    expect(left()).toEqual([]);
    expect(await store.list('runs/r')).toEqual([]);
    expect((await store.read('before'))!.toString()).toBe('x');
    disk.free();
    expect(await store.create('runs/r/long', LONG)).toBe(true);
    expect((await store.read('runs/r/long'))!.toString()).toBe(LONG);
  });

  it('keeps a graph as it was, and the same batch is applied once there is room', async () => {
    const graph = openStore('embedded', store);
    await graph.apply('g', FIRST);
    const next = batch(2, upsertNode('Text', 'long', { body: LONG }));
    disk.fill();
    await expect(graph.apply('g', next)).rejects.toThrow(StoreUnwritableError);
    expect(await graph.read('g')).toMatchObject({ revision: 1 });
    disk.free();
    expect(await graph.apply('g', next)).toMatchObject({ revision: 2 });
    await graph.close();
  });

  it('sends no request that it cannot write down', async () => {
    disk.fill();
    let sent = 0;
    const call = recordedCall(store, 'r', key(1), { ...REQUEST, body: LONG }, async () => answer((sent += 1)));
    await expect(call).rejects.toThrow(StoreUnwritableError);
    expect(sent).toBe(0);
  });

  it('holds an answer that was paid for until there is room', async () => {
    const waiting = Promise.withResolvers<void>();
    const watched: ArtifactStore = {
      ...store,
      create: (name, content) =>
        store.create(name, content).catch((error: unknown) => {
          waiting.resolve();
          throw error;
        }),
    };
    const call = recordedCall(watched, 'r', key(2), REQUEST, async () => {
      disk.fill();
      return answer(LONG);
    });
    await waiting.promise;
    disk.free();
    expect(await call).toBe(LONG);
    expect(sumEntries(await readLedgerEntries(store, 'r'))).toMatchObject({ calls: 1, unknown: 0 });
  });

  it('does not keep a call that was cancelled', async () => {
    const cancelled = new AbortController();
    const writing = whenWritable(() => {
      cancelled.abort(new Error('the run was cancelled'));
      return Promise.reject(new StoreUnwritableError({ where: 'x', cause: new Error('full') }));
    }, cancelled.signal);
    await expect(writing).rejects.toThrow('the run was cancelled');
  });

  it('leaves what the owner said last, and nothing half-written', () => {
    const state = { version: '1', status: 'ready', ownerPid: 1, namespace: 'default' } as const;
    writeServerState(disk.folder, state);
    disk.fill();
    expect(() => writeServerState(disk.folder, { ...state, serverPid: 2 })).toThrow(/ENOSPC/);
    expect(readServerState(disk.folder)).toEqual(state);
    expect(readdirSync(disk.folder).filter((name) => name.startsWith('server.json'))).toEqual(['server.json']);
  });

  it('is told to whoever follows a run', () => {
    expect(fullDiskLine(join(disk.folder, 'artifacts'))).toBeUndefined();
    disk.fill();
    expect(fullDiskLine(disk.folder)).toBe(`The disk of ${disk.folder} is full: the run waits until there is room.`);
  });

  it('that may only be read is as one that is full', async () => {
    await store.create('kept', 'x');
    disk.remount('ro');
    await expect(store.create('more', 'x')).rejects.toThrow(
      /takes no more \(EROFS: read-only file system, .*\): make it writable again, and the run goes on\./,
    );
    expect((await store.read('kept'))!.toString()).toBe('x');
    expect(() => tryLock(join(disk.folder, 'data'))).toThrow(
      /The data directory \S+ cannot be written \(EROFS: .*\): give another with --data or KGOT_DATA\./,
    );
    disk.remount('rw');
  });

  it.each<[string, number, (disk: SmallDisk) => void, RegExp]>([
    ['full', 32, (full) => full.fill(), /\S+ cannot be locked \(database or disk is full\): give another with --data/],
    [
      'nearly full',
      10,
      () => undefined,
      /The disk of the data directory \S+ is full \(1\d MB are free\): free at least 20/,
    ],
    ['read-only', 32, (full) => full.remount('ro'), /\S+ cannot be written \(EROFS: .*\): give another with --data/],
  ])('and %s is no place to begin at', async (_, megabytes, prepare, message) => {
    const begun = smallDisk(megabytes);
    onTestFinished(() => begun.close());
    tryLock(begun.folder)!.release();
    prepare(begun);
    await expect(openRuntime({ data: begun.folder, log: () => undefined })).rejects.toThrow(message);
    expect(processesOf(begun.folder)).toEqual([]);
  });
});

const REQUEST = { kind: 'model', name: 'step', body: 'b', reservation: { tokens: 1, dollars: 0 } } as const;

function key(round: number) {
  return { round, step: 'model.step', sample: '0', ask: 0 };
}

function answer<T>(value: T) {
  return { value, inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, dollars: 0 };
}

describe('a data directory that cannot be', () => {
  const file = (): string => {
    const path = join(temporaryFolder(), 'a-file');
    writeFileSync(path, '');
    return path;
  };

  it.each<[string, () => string, RegExp]>([
    ['a file', file, /cannot be written \(EEXIST/],
    ['below a file', () => join(file(), 'data'), /cannot be written \(ENOTDIR/],
    ...(process.platform === 'linux'
      ? ([
          ['below /proc', () => '/proc/kgot/data', /cannot be written \(ENOENT/],
          ['below /sys', () => '/sys/kgot', /cannot be written \(E(PERM|ACCES|ROFS)/],
        ] as [string, () => string, RegExp][])
      : []),
  ])('%s is refused, and another asked for', (_, path, message) => {
    const data = path();
    expect(() => tryLock(data)).toThrow(message);
    expect(() => tryLock(data)).toThrow(`The data directory ${data} cannot be written`);
    expect(() => tryLock(data)).toThrow('give another with --data or KGOT_DATA.');
  });
});

describe('makeDirectory', () => {
  it('makes what is missing, and says which was the first', () => {
    const folder = temporaryFolder();
    expect(makeDirectory(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
    expect(makeDirectory(join(folder, 'a', 'b', 'c'))).toBeUndefined();
    expect(makeDirectory(join(folder, 'a', 'd'))).toBe(join(folder, 'a', 'd'));
    mkdirSync(join(folder, 'e'));
    expect(makeDirectory(join(folder, 'e'))).toBeUndefined();
  });
});
