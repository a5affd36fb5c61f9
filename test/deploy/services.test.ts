import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import { findTemporal } from '../../cli/runtime/temporal-binary.ts';
import { readServerState } from '../../src/config/server-state.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { ROOT, start } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { composeServices } from '../support/compose.ts';
import type { Service } from '../support/compose.ts';
import { temporaryFolder } from '../support/folders.ts';
import { oneFact } from '../support/stack.ts';
import { freePort, startForeignServer } from '../../bench/foreign-server.ts';

const run = promisify(execFile);

/** The compose file's services without containers: their own commands with their own environments, on a dev server. */
let server: Awaited<ReturnType<typeof startForeignServer>>;
let uiPort: number;
let model: StubModel;
let services: Record<string, Service>;

beforeAll(async () => {
  uiPort = await freePort();
  server = await startForeignServer(['--headless=false', '--ui-port', String(uiPort)]);
  model = await startStubModel((request) => ({ value: oneFact[request.step]?.(request) ?? {} }));
  services = composeServices({
    POSTGRES_PASSWORD: 'unused',
    KGOT_MODEL: 'stub',
    KGOT_MODEL_URL: model.url,
    KGOT_MODEL_KEY: 'the-key',
    KGOT_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  });
});
afterAll(async () => {
  await model?.close();
  await server?.close();
});

/** What stands for the containers' network and volume. */
function environmentOf(name: string, data: string): Record<string, string> {
  const { environment } = services[name]!;
  return { ...environment, TEMPORAL_ADDRESS: server.address, KGOT_DATA: data };
}

/** A command of the image: its entry point is kgot. */
function kgotOf(name: string, args: readonly string[], data: string): Command {
  const command = start(process.execPath, [join(ROOT, 'cli/main.ts'), ...args], {
    folder: data,
    env: environmentOf(name, data),
  });
  onTestFinished(() => void command.child.kill('SIGKILL'));
  return command;
}

it('the set-up of namespace and search attributes, as often as one likes', async () => {
  const temporal = await findTemporal(() => undefined);
  const { command, environment } = services['namespace']!;
  const [shell, script] = command as [string, string];
  const env = {
    ...environment,
    TEMPORAL_ADDRESS: server.address,
    PATH: `${dirname(temporal)}${delimiter}${process.env['PATH']}`,
  };
  for (let time = 1; time <= 2; time += 1) await run(shell, [join(ROOT, script)], { env });
  const connection = await Connection.connect({ address: server.address });
  const { TEMPORAL_NAMESPACE: namespace } = environment;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: namespace! });
  const types = { Keyword: 2, Int: 3, Double: 4 };
  for (const { name, type } of SEARCH_ATTRIBUTES) expect(customAttributes).toMatchObject({ [name]: types[type] });
  const described = await connection.workflowService.describeNamespace({ namespace: namespace! });
  expect(Number(described.config!.workflowExecutionRetentionTtl!.seconds)).toBe(168 * 3600);
  await connection.close();
});

it.runIf(existsSync('/usr/bin/wget'))('the health check of the UI', async () => {
  const [kind, file, ...args] = services['ui']!.healthcheck!.test;
  expect(kind).toBe('CMD');
  await run(
    file!,
    args.map((word) => word.replace(':8080', `:${uiPort}`)),
  );
  await expect(
    run(
      file!,
      args.map((word) => word.replace(':8080', ':1')),
    ),
  ).rejects.toThrow();
});

it(
  'workers that get healthy, answer a question that the command asks, and end in order',
  { timeout: 300_000 },
  async () => {
    const data = temporaryFolder();
    const names = ['worker-runs', 'worker-model', 'worker-tools'];
    /** A health check, as the engine makes it: in the container of the service. */
    const check = (name: string): Command => {
      const [kind, node, main, ...args] = services[name]!.healthcheck!.test;
      expect([kind, node, main]).toEqual(['CMD', 'node', '/app/cli/main.js']);
      return kgotOf(name, args, data);
    };
    const early = check('worker-tools');
    expect(await early.ended).toBe(1);
    expect(early.stderr).toMatch(/No worker of \S+ polls kgot-tools\./);

    const workers = names.map((name) => kgotOf(name, services[name]!.command!, data));
    await Promise.all(workers.map((worker) => worker.until('Serving ')));
    for (const name of names) {
      // It polls a moment after it says so.
      while ((await check(name).ended) !== 0);
    }

    writeFileSync(join(data, 'peru.md'), 'Ada Vega leads Peru.');
    const asked = kgotOf('kgot', ['Who leads Peru?', '--file', 'peru.md', '--votes', '1', '--json'], data);
    expect(await asked.ended, asked.stderr).toBe(0);
    expect(JSON.parse(asked.stdout)).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
    expect(model.requests.every(({ headers }) => headers.authorization === 'Bearer the-key')).toBe(true);
    // The command started no worker of its own.
    expect(readServerState(data)).toMatchObject({ address: server.address, namespace: 'kgot' });
    expect(readServerState(data)!.workerPid).toBeUndefined();

    for (const worker of workers) worker.child.kill('SIGTERM');
    for (const worker of workers) expect(await worker.ended, worker.stderr).toBe(0);
  },
);
