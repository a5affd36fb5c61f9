import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import { UserError } from '../errors.ts';
import { requireMaven } from './java.ts';

export interface InstallOptions {
  /** Told what is downloaded, and how far it is. */
  log: (line: string) => void;
  /** Ends a download, and leaves nothing of it. */
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
}

/** What one server is made of. */
export interface Package {
  /** With the version. */
  name: string;
  title: string;
  /** As a person is told. */
  size: string;
  pom: URL;
}

/**
 * Has Maven download a server into the cache, once: complete or not at all.
 *
 * @returns its folder
 */
export async function install(
  { name, title, size, pom }: Package,
  { log, signal, env }: InstallOptions,
): Promise<string> {
  const kept = join(cacheDirectory(env), name);
  if (existsSync(kept)) return kept;
  await requireMaven(env);
  log(`Downloading ${title} once from Maven Central (${size}) …`);
  await mkdir(cacheDirectory(env), { recursive: true });
  const folder = await mkdtemp(join(cacheDirectory(env), `${name}-download-`));
  try {
    await copyFile(pom, join(folder, 'pom.xml'));
    await runMaven(folder, title, { log, signal, env });
    await rm(join(folder, 'target'), { recursive: true, force: true });
    // Another process may have been faster: its copy is as good.
    await rename(folder, kept).catch((error: unknown) => {
      if (!existsSync(kept)) throw error;
    });
    log(`${title} is kept in ${kept}.`);
    return kept;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lines between two that say how far it is. */
const EVERY = 50;

async function runMaven(folder: string, title: string, { log, signal, env }: InstallOptions): Promise<void> {
  const child = spawn('mvn', ['--batch-mode', '-Dstyle.color=never', 'generate-resources'], {
    cwd: folder,
    env,
    signal,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const last: string[] = [];
  let files = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line.trim() !== '') last.push(line);
    if (last.length > 8) last.shift();
    if (!/Downloaded from .*\.(?:jar|war)/.test(line)) return;
    files += 1;
    if (files % EVERY === 0) log(`  ${files} files`);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  signal.throwIfAborted();
  if (code !== 0) {
    throw new UserError(
      `Maven could not download ${title}: is there a way to Maven Central, or a mirror in ~/.m2/settings.xml? The end of what it said:\n${last.join('\n')}`,
    );
  }
}
