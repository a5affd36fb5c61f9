import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../support/load-tools-main.ts');

const DEFINE = `
import { defineTool } from 'kgot-temporal/tools';
import { z } from 'zod';
const tool = (name) => defineTool({
  name, description: 'd', input: z.object({ text: z.string() }), output: z.string(), execute: ({ text }) => text,
});
`;

const GOOD: Record<string, { code: string; names: string[] }> = {
  'typescript.ts': {
    code: `${DEFINE} const name: string = 'echo'; export default tool(name);`,
    names: ['echo'],
  },
  'list.ts': { code: `${DEFINE} export default [tool('one'), tool('two')];`, names: ['one', 'two'] },
  'javascript.mjs': { code: `${DEFINE} export default tool('plain');`, names: ['plain'] },
  'neighbour.ts': { code: `export { default } from './list.ts';`, names: ['one', 'two'] },
  'a name with spaces #1.ts': { code: `${DEFINE} export default tool('spaced');`, names: ['spaced'] },
};

const BAD: Record<string, { code: string; message: RegExp }> = {
  'no-default.ts': {
    code: 'export const tool = 1;',
    message: /exports nothing as default: it must export a tool made with defineTool, or an array of them/,
  },
  'no-tool.ts': { code: 'export default { name: "echo" };', message: /exports object as default/ },
  'function.ts': { code: 'export default () => 1;', message: /exports function as default/ },
  'empty-list.ts': { code: 'export default [];', message: /must export a tool made with defineTool/ },
  'mixed-list.ts': { code: `${DEFINE} export default [tool('a'), 7];`, message: /must export a tool/ },
  'syntax-error.ts': { code: 'export default {', message: /cannot be loaded: / },
  'throws.ts': { code: 'throw new Error("no database");', message: /cannot be loaded: no database/ },
  'missing-import.ts': { code: 'import "nowhere-to-be-found";', message: /cannot be loaded: .*nowhere-to-be-found/ },
  'wrong-definition.ts': { code: `${DEFINE} export default tool('Echo!');`, message: /Tool "Echo!": its name must be/ },
};

interface Outcome {
  names?: string[];
  error?: string;
  message?: string;
}

let folder: string;
const outcomes = new Map<string, Outcome>();

/** Loads them all as a worker does: in a process of Node's, from a folder without any packages. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kgot-test-tools-'));
  const files = { ...GOOD, ...BAD };
  for (const [name, { code }] of Object.entries(files)) writeFileSync(join(folder, name), code);
  const names = [...Object.keys(files), 'missing.ts'];
  const paths = names.map((name) => join(folder, name));
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...paths], { cwd: folder });
  for (const [index, outcome] of (JSON.parse(stdout) as Outcome[]).entries()) outcomes.set(names[index]!, outcome);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('loadTools', () => {
  it.each(Object.keys(GOOD))('loads %s from a folder without packages', (name) => {
    expect(outcomes.get(name)).toEqual({ names: GOOD[name]!.names });
  });

  it.each(Object.keys(BAD))('says what is wrong with %s, and names the file', (name) => {
    const { error, message } = outcomes.get(name)!;
    expect(error).toBe('ToolDefinitionError');
    expect(message).toMatch(BAD[name]!.message);
    expect(message).toContain(join(folder, name));
  });

  it('says that there is no such file', () => {
    const message = `There is no file ${join(folder, 'missing.ts')} to load tools from.`;
    expect(outcomes.get('missing.ts')).toEqual({ error: 'ToolDefinitionError', message });
  });
});
