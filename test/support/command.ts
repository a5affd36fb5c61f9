import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Command {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Resolves with the exit code, or the signal's name. */
  ended: Promise<number | NodeJS.Signals>;
  /** Resolves once the output holds the text; rejects when the command ended without. */
  until(text: string | RegExp): Promise<void>;
}

export interface CommandOptions {
  /** Where the user is: npm's INIT_CWD, and with it the data directory. */
  folder: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs `kgot ARGS` as a user would, but for npm. */
export function kgot(args: readonly string[], { folder, env = {} }: CommandOptions): Command {
  return start(process.execPath, [`${ROOT}cli/main.ts`, ...args], { folder, env });
}

export interface TerminalOptions extends CommandOptions {
  /** The terminal's width. @default unknown to the command */
  columns?: number;
}

/** The same on a terminal of its own: what it prints is all on `stdout`, and what is written to its input is typed. */
export function kgotOnTerminal(args: readonly string[], { columns, ...options }: TerminalOptions): Command {
  const line = [process.execPath, `${ROOT}cli/main.ts`, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const width = columns === undefined ? '' : `stty cols ${columns}; `;
  return start('script', ['-qefc', `${width}${line.join(' ')}`, '/dev/null'], { ...options, typed: true });
}

export function start(
  file: string,
  args: readonly string[],
  { folder, cwd = ROOT, env = {}, typed = false }: CommandOptions & { cwd?: string; typed?: boolean },
): Command {
  const {
    KGOT_MODEL: _model,
    KGOT_MODEL_URL: _url,
    TEMPORAL_ADDRESS: _address,
    KGOT_DATA: _data,
    // Say whether colours are wanted, and that no person is there.
    CI: _ci,
    NO_COLOR: _noColour,
    FORCE_COLOR: _colour,
    ...clean
  } = process.env;
  const child = spawn(file, args, {
    cwd,
    // A group of its own, so that a test can send it what a terminal sends.
    detached: true,
    env: { ...clean, INIT_CWD: folder, ...env },
    stdio: [typed ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const check of waiting) check();
  };
  const command: Command = {
    child,
    stdout: '',
    stderr: '',
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal!))),
    until: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const output = command.stdout + command.stderr;
          const found = typeof text === 'string' ? output.includes(text) : text.test(output);
          if (!found) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        void command.ended.then((code) => {
          check();
          if (waiting.delete(check))
            reject(new Error(`Ended with ${code} before ${text}:\n${command.stdout}${command.stderr}`));
        });
        check();
      }),
  };
  // A chunk may end in the middle of a character.
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    command.stdout += chunk;
    look();
  });
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    command.stderr += chunk;
    look();
  });
  return command;
}

/** Process ids whose command line names the text, this process apart. */
export function processesOf(text: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!(pid > 0) || pid === process.pid) return [];
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text) ? [pid] : [];
    } catch {
      return [];
    }
  });
}
