import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFailed, vi } from 'vitest';
import { freePort } from '../../bench/foreign-server.ts';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import { processesOf, ROOT, start } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { scriptedAnswer } from './scripted-answers.ts';
import { linePattern, missingLine, readTutorial } from './tutorial.ts';

/** Runs what the tutorials say, in a folder that looks as a clone does. The model is scripted; all else is real. */

let clone: string;
let model: StubModel;
let port: number;
let terminals: Command[];

beforeEach(async () => {
  clone = mkdtempSync(join(tmpdir(), 'kgot-clone-'));
  for (const entry of readdirSync(ROOT)) {
    if (!entry.startsWith('.')) symlinkSync(join(ROOT, entry), join(clone, entry));
  }
  port = await freePort();
  const page = `http://127.0.0.1:${port}/theory.html`;
  model = await startStubModel((request) => scriptedAnswer(request, page));
  terminals = [];
});

afterEach(async () => {
  for (const { child } of terminals) {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT');
  }
  await Promise.all(terminals.map(({ ended }) => ended));
  await vi.waitFor(() => expect(processesOf(clone)).toEqual([]), { timeout: 10_000 });
  await model.close();
  rmSync(clone, { recursive: true, force: true });
});

const tutorials = readdirSync(join(ROOT, 'docs/tutorials')).filter((name) => name.endsWith('.md'));

it.each(tutorials)('%s does what it says', { timeout: 300_000 }, async (name) => {
  onTestFailed(() => console.error(terminals.at(-1)?.stdout));
  const blocks = readTutorial(join(ROOT, 'docs/tutorials', name));
  expect(blocks.length).toBeGreaterThan(3);
  for (const { commands, staysOpen, withModel, printed } of blocks) {
    const terminal = type(commands, withModel ? ownModel() : {});
    if (staysOpen) await terminal.until(linePattern(localised(printed.at(-1)!)));
    else expect(await terminal.ended, `${commands}\n${terminal.stdout}`).toBe(0);
    const missing = missingLine(printed.map(localised), terminal.stdout);
    expect(missing, `of what this prints:\n${commands}\n${terminal.stdout}`).toBeUndefined();
  }
});

function ownModel(): NodeJS.ProcessEnv {
  return { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url, KGOT_MODEL_CONCURRENCY: '16' };
}

/** Types commands into a terminal of their own. */
function type(commands: string, env: NodeJS.ProcessEnv): Command {
  // The shell gives way to a last command that stays open, so that a signal reaches that.
  const terminal = start('bash', ['-ec', `exec 2>&1\n${localised(commands)}`], { folder: clone, cwd: clone, env });
  terminals.push(terminal);
  return terminal;
}

/** What the reader puts in: the port of the page's server, the server's address, the newest run's id. */
function localised(text: string): string {
  const seen = terminals.map(({ stdout }) => stdout).join('\n');
  const id = [...seen.matchAll(/^Run (\S+)$/gm)].at(-1)?.[1] ?? 'ID';
  const address = /Up: Temporal at (\S+?),?\s/.exec(seen)?.[1] ?? 'ADDRESS';
  return text
    .replaceAll('8000', String(port))
    .replaceAll(/\bID\b/g, id)
    .replaceAll(/\bADDRESS\b/g, address);
}
