import { watch } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readServerState } from '../../src/config/server-state.ts';
import { oneFact, openStack, peru } from '../support/stack.ts';
import { CAN_MOUNT, smallDisk } from '../support/small-disk.ts';

/** Resolves once so many names have come and gone in a folder. */
function changes(folder: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      count -= 1;
      if (count > 0) return;
      watcher.close();
      resolve();
    });
  });
}

describe.runIf(CAN_MOUNT)('a disk that fills up in the middle of a run', { timeout: 180_000 }, () => {
  it('is waited out by server, worker and run, and no answer is lost', async () => {
    const disk = smallDisk(64);
    onTestFinished(() => disk.close());
    const stack = await openStack(disk.folder);
    onTestFinished(() => stack.close());
    const before = readServerState(disk.folder)!;
    const full = Promise.withResolvers<void>();
    stack.play({
      ...oneFact,
      decideNextStep: (request) => {
        if (request.earlier === 0) {
          disk.fill();
          full.resolve();
        }
        return oneFact['decideNextStep']!(request);
      },
    });
    const handle = await stack.start({ ...peru, options: { votes: 1 } });
    await full.promise;
    // Two attempts to write the answer down, each a file that comes and goes.
    await changes(join(disk.folder, 'artifacts', 'tmp'), 4);
    disk.free();
    const { answer, ledger } = await handle.result();
    expect(answer).toBe('Ada Vega');
    expect(ledger).toMatchObject({ calls: stack.model.requests.length, unknown: 0, failed: 0 });
    const { serverPid, workerPid } = readServerState(disk.folder)!;
    expect({ serverPid, workerPid }).toEqual({ serverPid: before.serverPid, workerPid: before.workerPid });
  });
});
