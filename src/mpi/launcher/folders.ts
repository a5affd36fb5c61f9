import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where shared memory has its files, where there is such a place. */
const MEMORY = '/dev/shm';
const PREFIX = 'kgot-mpi-';

/** The private folders of one launch. */
export interface Folders {
  /** What the launch is known by; its processes have it in their environment. */
  token: string;
  /** For sockets, and the temporary files of MPI. */
  files: string;
  /** For the files of shared memory. */
  memory: string;
}

/** Makes folders that only their owner may enter, under names that tell whose they are. Those of launchers that are no more are removed. */
export async function makeFolders(): Promise<Folders> {
  await removeLeftovers();
  const token = `${PREFIX}${process.pid}-${startOf(process.pid)}-${Math.random().toString(36).slice(2, 10)}`;
  const files = join(tmpdir(), token);
  const memory = existsSync(MEMORY) ? join(MEMORY, token) : join(files, 'memory');
  await mkdir(files, { mode: 0o700 });
  await mkdir(memory, { mode: 0o700 });
  await mkdir(join(files, 'tmp'));
  return { token, files, memory };
}

export async function removeFolders({ files, memory }: Folders): Promise<void> {
  await Promise.all([files, memory].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
}

/** {@link removeFolders} of a process that ends. */
export function removeFoldersNow({ files, memory }: Folders): void {
  for (const folder of [files, memory]) rmSync(folder, { recursive: true, force: true });
}

async function removeLeftovers(): Promise<void> {
  for (const place of new Set([tmpdir(), MEMORY])) {
    if (!existsSync(place)) continue;
    for (const name of readdirSync(place)) {
      const [, pid, start] = /^kgot-mpi-(\d+)-(\d+)-/.exec(name) ?? [];
      if (pid === undefined || startOf(Number(pid)) === start) continue;
      await rm(join(place, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** When a process started, in the kernel's count: a pid alone may be another's by now. @returns '0' where that is not known, or none is there */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    if (existsSync('/proc/self/stat')) return 'gone';
    return isAlive(pid) ? '0' : 'gone';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
