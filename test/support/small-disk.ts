import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own that can be filled: a file system in memory. */
export interface SmallDisk {
  folder: string;
  /** Leaves no byte. */
  fill(): void;
  /** Makes room again. */
  free(): void;
  /** Lets nothing be written, or everything again. */
  remount(mode: 'ro' | 'rw'): void;
  close(): void;
}

/** Whether this process may mount: root may, outside of most containers. */
export const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0 && triesToMount();

export function smallDisk(megabytes: number, folder = mkdtempSync(join(tmpdir(), 'kgot-disk-'))): SmallDisk {
  mkdirSync(folder, { recursive: true });
  mount(['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      const file = openSync(filler, 'w');
      for (const bytes of [2 ** 20, 2 ** 12]) {
        const part = Buffer.alloc(bytes);
        try {
          while (writeSync(file, part) > 0);
        } catch {
          // No more of this size fits.
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    remount: (mode) => mount(['-o', `remount,${mode}`, folder]),
    close: () => {
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mount(args: string[]): void {
  execFileSync('mount', args, { stdio: 'ignore' });
}

function triesToMount(): boolean {
  try {
    smallDisk(1).close();
    return true;
  } catch {
    return false;
  }
}
