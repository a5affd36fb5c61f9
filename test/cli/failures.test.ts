import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import { kgot, processesOf } from '../support/command.ts';
import { closedAddress } from '../support/model-server.ts';
import { oneFact, toReply } from '../support/stack.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kgot-cli-'));
});
afterEach(async () => {
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]));
  rmSync(folder, { recursive: true, force: true });
});

/** Exit code and all that was printed. */
async function outcome(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const command = kgot(args, { folder, env });
  const code = await command.ended;
  return `${code} ${command.stdout}${command.stderr}`;
}

describe('a wrong call', { timeout: 120_000 }, () => {
  it('starts nothing, makes nothing, and says what would be right', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const help = /"kgot help COMMAND" says what a command takes\.\n$/;
    const calls: [string[], RegExp][] = [
      [[''], /^2 Error: The question is empty: give it as text\.\n$/],
      [['solve', ' \n'], /^2 Error: The question is empty/],
      [
        ['solve', 'x'.repeat(8_001)],
        /^2 Error: The question has 8001 characters, the most is 8000: give long text as a/,
      ],
      [['solve', 'q', '--votes', '1000'], /^2 Error: options\.votes is 1000: give a whole number from 1 to 100\.\n$/],
      [['solve', 'q', '--tool-queue', ''], /^2 Error: options\.toolQueues must be names of task queues/],
      [['Who', 'leads', 'Peru?'], /^2 error: too many arguments for 'solve'.* Put what has spaces in quotes\.\n$/],
      [
        ['peru'],
        /^2 error: unknown command 'peru'\n"kgot help" lists the commands; a question of one word needs "kgot/,
      ],
      [['list', 'all'], help],
      [['show'], help],
      [['up', '--port', '80'], help],
      [['raise', 'x', 'much'], /^2 error: .*Give dollars as 0\.05 or \$0\.05, or tokens as 20000tokens\.\n$/],
      [
        ['list', '--data', 'a-file'],
        /^1 Error: The data directory \S+a-file cannot be written .*: give another with --data/,
      ],
      ...(process.platform === 'linux'
        ? ([[['list', '--data', '/proc/kgot'], /^1 Error: The data directory/]] as never[])
        : []),
    ];
    const outcomes = await Promise.all(calls.map(([args]) => outcome(args, { KGOT_MODEL: 'ollama:x' })));
    for (const [index, [args, message]] of calls.entries()) expect(outcomes[index], args.join(' ')).toMatch(message);
    expect(readdirSync(folder)).toEqual(['a-file']);
  });

  it('with tools that cannot be loaded says why, and leaves nothing running', async () => {
    const said = await outcome(['Who leads Peru?', '--tools', 'missing.ts'], { KGOT_MODEL: 'ollama:x' });
    expect(said).toMatch(
      /Error: The worker did not start \(exit code 1\): There is no file \S+missing\.ts to load tools from\. \(\S+worker\.log\)\n$/,
    );
    expect(processesOf(folder)).toEqual([]);
  });
});

describe('a command about a run', { timeout: 120_000 }, () => {
  it('that does not exist says where it looked, and that the directory is new', async () => {
    const up = kgot(['up'], { folder });
    await up.until('Up: Temporal at');
    expect(up.stderr).toContain(`A new data directory: ${join(folder, '.kgot')}\n`);
    const calls = [
      ['show', 'nobody'],
      ['resume', 'nobody'],
      ['cancel', 'nobody'],
      ['graph', 'nobody'],
      ['ledger', 'nobody'],
      ['hint', 'nobody', 'a hint'],
      ['raise', 'nobody', '5'],
      ['approve', 'nobody'],
      ['reject', 'nobody'],
    ];
    const outcomes = await Promise.all(calls.map((args) => outcome(args)));
    for (const [index, said] of outcomes.entries()) {
      expect(said, calls[index]!.join(' ')).toMatch(
        /^2 Error: There is no run nobody.*"kgot list" lists the runs\.\n$/,
      );
    }
    expect(outcomes[0]).toContain(
      `nobody in ${join(folder, '.kgot')}: neither Temporal nor the artifact store knows it.`,
    );
    process.kill(-up.child.pid!, 'SIGINT');
    expect(await up.ended).toBe(0);
  });
});

describe('a model that cannot be reached', { timeout: 120_000 }, () => {
  it('is waited for, visibly, and the run goes on once it can', async () => {
    const port = Number(new URL(await closedAddress()).port);
    const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: `http://127.0.0.1:${port}/v1` };
    const command = kgot(['Who leads Peru?', '--votes', '1', '--json'], { folder, env });
    await command.until(
      /model\.decideNextStep is tried again \(attempt \d+\): openai-compatible:stub cannot be reached \(ECONNREFUSED\)/,
    );
    const model = await startStubModel((request) => toReply(oneFact[request.step]?.(request)), { port });
    onTestFinished(() => model.close());
    expect(await command.ended, command.stderr).toBe(0);
    expect(JSON.parse(command.stdout)).toMatchObject({ answer: 'Ada Vega', ledger: { unknown: 0, failed: 0 } });
  });
});

describe('Ctrl-C while Temporal’s server is downloaded', { timeout: 60_000 }, () => {
  const downloading = (proxy: string) => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    // Stands for pip: it downloads for ever.
    writeFileSync(join(bin, 'python3'), `#!/bin/sh\necho begun > "${folder}/pip"\nexec sleep 600.${process.pid}\n`);
    chmodSync(join(bin, 'python3'), 0o755);
    const env = { PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: folder, HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' };
    return kgot(['list'], { folder, env });
  };
  const ended = async (command: ReturnType<typeof kgot>): Promise<void> => {
    process.kill(command.child.pid!, 'SIGINT');
    expect(await command.ended, command.stderr).toBe(130);
    expect(command.stderr).toMatch(/downloading its server once .*\nInterrupted\.\n$/);
    expect(readdirSync(join(folder, 'kgot'))).toEqual([]);
    expect(processesOf(`600.${process.pid}`)).toEqual([]);
  };

  it('from the vendor ends it, and leaves nothing of it', async () => {
    const asked = Promise.withResolvers<void>();
    const proxy = createServer(() => asked.resolve());
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void proxy.close());
    const command = downloading(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    await asked.promise;
    await ended(command);
  });

  it('by pip ends that too', async () => {
    const command = downloading(new URL(await closedAddress()).origin);
    await vi.waitFor(() => expect(existsSync(join(folder, 'pip'))).toBe(true), { timeout: 30_000 });
    await ended(command);
  });
});
