import { describe, expect, it, onTestFinished } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import { readServerState } from '../../src/config/server-state.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';
import { portOf, takePort } from '../support/ports.ts';
import { oneFact, toReply } from '../support/stack.ts';

describe('a port that is in use', { timeout: 240_000 }, () => {
  it.each(['address', 'uiUrl'] as const)(
    'is not insisted on: a server whose last %s is taken has others',
    async (which) => {
      const { data, kgot } = commandFolder();
      const first = kgot(['list']);
      expect(await first.ended, first.stderr).toBe(0);
      const last = readServerState(data)!;
      await takePort(portOf(last[which]!));
      const second = kgot(['list']);
      expect(await second.ended, second.stderr).toBe(0);
      const now = readServerState(data)!;
      expect(portOf(now.address!)).not.toBe(portOf(last.address!));
      expect(portOf(now.uiUrl!)).not.toBe(portOf(last.uiUrl!));
    },
  );

  it('while a server is started again is said and waited for, and the run goes on', async () => {
    const { data, path, kgot } = commandFolder();
    const asked = Promise.withResolvers<void>();
    const model = await startStubModel((request) => {
      asked.resolve();
      return toReply(oneFact[request.step]?.(request));
    });
    onTestFinished(() => model.close());
    const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url };
    const up = kgot(['up'], env);
    await up.until('Up: Temporal at');
    const solve = kgot(['Who leads Peru?', '--votes', '1', '--json'], env);
    await asked.promise;

    // The owner is stopped, so that the port is taken before it looks.
    const { serverPid, address } = readServerState(data)!;
    process.kill(up.child.pid!, 'SIGSTOP');
    process.kill(serverPid!, 'SIGKILL');
    const taken = await takePort(portOf(address!));
    process.kill(up.child.pid!, 'SIGCONT');
    await up.until(/The port \d+ of Temporal’s server is taken by another process, and is waited for: free it, or end/);
    await taken.free();

    expect(await solve.ended, solve.stderr).toBe(0);
    expect(JSON.parse(solve.stdout)).toMatchObject({ answer: 'Ada Vega', ledger: { unknown: 0, failed: 0 } });
    expect(readServerState(data)!.address).toBe(address);
    up.child.kill('SIGINT');
    expect(await up.ended, up.stderr).toBe(0);
    expect(processesOf(path)).toEqual([]);
  });
});
