import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startForeignServer } from '../../bench/foreign-server.ts';
import { refuseOldServer } from '../../cli/runtime/server-version.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';
import { serverOfVersion } from '../support/other-version.ts';

let server: Awaited<ReturnType<typeof startForeignServer>>;
beforeAll(async () => {
  server = await startForeignServer();
});
afterAll(() => server.close());

describe('a server of another version', { timeout: 120_000 }, () => {
  it.each([[['list']], [['Who leads Peru?']], [['worker']]])(
    'that is too old is no server for kgot %j',
    async (args) => {
      const { path, kgot } = commandFolder();
      const address = await serverOfVersion('1.24.2', server.address);
      const command = kgot(args, { TEMPORAL_ADDRESS: address, KGOT_MODEL: 'ollama:x' });
      expect(await command.ended).toBe(1);
      expect(command.stderr).toContain(
        `Error: Temporal at ${address} is 1.24.2, and runs need 1.25 or later: upgrade it, or leave TEMPORAL_ADDRESS out for a server of kgot's own.\n`,
      );
      expect(processesOf(path)).toEqual([]);
    },
  );

  it.each(['1.25.0', '1.32.0', '2.0.1', 'v1.29.1-cloud', ''])('is taken where it is %j', async (version) => {
    const address = await serverOfVersion(version, server.address);
    const connection = await Connection.connect({ address });
    onTestFinished(() => connection.close());
    await refuseOldServer(connection, address);
  });

  it.each(['0.29.0', '1.9.0', 'v1.24.99-rc.1'])('is refused where it is %j', async (version) => {
    const address = await serverOfVersion(version, server.address);
    const connection = await Connection.connect({ address });
    onTestFinished(() => connection.close());
    await expect(refuseOldServer(connection, address)).rejects.toThrow(`is ${version}, and runs need 1.25 or later`);
  });
});
