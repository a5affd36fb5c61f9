import { mkdirSync, watch } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { readServerState, serversOf, writeServerState } from '../../src/config/server-state.ts';
import type { ServerState } from '../../src/config/server-state.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';

/** Resolves with what the owner of a data directory says as soon as it says so. */
function untilSaid(data: string, fits: (state: ServerState) => boolean): Promise<ServerState> {
  mkdirSync(data, { recursive: true });
  return new Promise((resolve) => {
    const watcher = watch(data, () => {
      const state = readServerState(data);
      if (state === undefined || !fits(state)) return;
      watcher.close();
      resolve(state);
    });
  });
}

it('a second Ctrl-C ends a command at once, and leaves nothing', { timeout: 120_000 }, async () => {
  const { data, path, kgot } = commandFolder();
  const closing = untilSaid(data, ({ status }) => status === 'closing');
  const up = kgot(['up']);
  await up.until('Up: Temporal at');
  up.child.kill('SIGINT');
  await closing;
  up.child.kill('SIGINT');
  expect(await up.ended).toBe(130);
  await vi.waitFor(() => expect(processesOf(path)).toEqual([]), { timeout: 60_000, interval: 200 });
});

describe('a command that is killed', { timeout: 240_000 }, () => {
  it('right after it has started a server leaves it to the next one, which leaves nothing', async () => {
    const { data, path, kgot } = commandFolder();
    const spawned = untilSaid(data, ({ serverPid }) => serverPid !== undefined);
    const killed = kgot(['list']);
    await spawned;
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(serversOf(data)).toHaveLength(1);
    const next = kgot(['list']);
    expect(await next.ended, next.stderr).toBe(0);
    expect(processesOf(path)).toEqual([]);
  });

  it('before it could write down its server leaves no second one to the same database', async () => {
    const { data, path, kgot } = commandFolder();
    const spawned = untilSaid(data, ({ serverPid }) => serverPid !== undefined);
    const killed = kgot(['list']);
    const { serverPid, address: _address, uiUrl: _ui, ...before } = await spawned;
    killed.child.kill('SIGKILL');
    await killed.ended;
    writeServerState(data, before);
    const next = kgot(['up']);
    await next.until('Up: Temporal at');
    expect(serversOf(data)).toEqual([readServerState(data)!.serverPid]);
    expect(serversOf(data)).not.toContain(serverPid);
    next.child.kill('SIGINT');
    expect(await next.ended, next.stderr).toBe(0);
    expect(processesOf(path)).toEqual([]);
  });

  it('right after it has started a worker is missed by that: it ends, and the server with it', async () => {
    const { data, path, kgot } = commandFolder();
    const spawned = untilSaid(data, ({ workerPid }) => workerPid !== undefined);
    const killed = kgot(['up']);
    await spawned;
    killed.child.kill('SIGKILL');
    await killed.ended;
    await vi.waitFor(() => expect(processesOf(path)).toEqual([]), { timeout: 60_000, interval: 200 });
  });

  it('and was of another version leaves a server that the next one puts its own in the place of', async () => {
    const { data, path, kgot } = commandFolder();
    const ready = untilSaid(data, ({ status }) => status === 'ready');
    const killed = kgot(['up']);
    const state = await ready;
    process.kill(state.workerPid!, 'SIGKILL');
    killed.child.kill('SIGKILL');
    await killed.ended;
    writeServerState(data, { ...state, version: '0.0.1' });
    const next = kgot(['up']);
    await next.until('Up: Temporal at');
    const { serverPid, address } = readServerState(data)!;
    expect(serversOf(data)).toEqual([serverPid]);
    expect(serverPid).not.toBe(state.serverPid);
    expect(address).toBe(state.address);
    next.child.kill('SIGINT');
    expect(await next.ended, next.stderr).toBe(0);
    expect(processesOf(path)).toEqual([]);
  });
});
