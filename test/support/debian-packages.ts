import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Installs packages of Debian where that can be done without asking anybody. @returns whether it can */
export async function installDebianPackages(...names: string[]): Promise<boolean> {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return false;
  const wait = ['-o', 'DPkg::Lock::Timeout=240'];
  const install = (): Promise<unknown> =>
    run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...names], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 2 ** 26,
    });
  await install().catch(async () => {
    await run('apt-get', [...wait, 'update'], { maxBuffer: 2 ** 26 });
    await install();
  });
  return true;
}
