import { describe, expect, it } from 'vitest';
import { readServerState } from '../../src/config/server-state.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';
import { portOf, takePort } from '../support/ports.ts';

describe('Ctrl-C after the server has died', { timeout: 120_000 }, () => {
  it.each(['while it is started again', 'while its port is waited for'])('%s leaves nothing behind', async (when) => {
    const { data, path, kgot } = commandFolder();
    const up = kgot(['up']);
    await up.until('Up: Temporal at');
    const { serverPid, address } = readServerState(data)!;
    process.kill(up.child.pid!, 'SIGSTOP');
    process.kill(serverPid!, 'SIGKILL');
    const taken = await takePort(portOf(address!));
    if (when === 'while it is started again') await taken.free();
    process.kill(up.child.pid!, 'SIGCONT');
    await up.until(
      when === 'while it is started again' ? 'Temporal’s server died: it is started again' : 'is waited for',
    );
    up.child.kill('SIGINT');
    expect(await up.ended, up.stderr).toBe(0);
    expect(processesOf(path)).toEqual([]);
    expect(up.stderr).not.toContain('Interrupted');
  });
});
