import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { kgot, processesOf } from './command.ts';
import type { Command } from './command.ts';

/** A folder in which a user calls `kgot`. */
export interface CommandFolder {
  path: string;
  /** Its data directory. */
  data: string;
  kgot(args: readonly string[], env?: NodeJS.ProcessEnv): Command;
}

/** A folder of the test's own: when it is finished, all that was started there ends. Call it inside a test. */
export function commandFolder(): CommandFolder {
  const path = mkdtempSync(join(tmpdir(), 'kgot-cli-'));
  const commands: Command[] = [];
  onTestFinished(async () => {
    for (const { child } of commands) child.kill('SIGKILL');
    await Promise.all(commands.map(({ ended }) => ended));
    for (const pid of processesOf(path)) process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(processesOf(path)).toEqual([]), 10_000);
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    data: join(path, '.kgot'),
    kgot: (args, env = {}) => {
      const command = kgot(args, { folder: path, env });
      commands.push(command);
      return command;
    },
  };
}
