import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import '../support/quiet.ts';
import { KgotPlugin } from '../../workers/index.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'kgot-test-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

const bundle = (): Promise<{ code: string }> =>
  workflowBundle({ plugins: [new KgotPlugin()], dataConverter: undefined });
const kept = (): string => {
  const folder = join(cache, 'kgot', 'workflows');
  const [file, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  return join(folder, file!);
};

test('workflows are bundled once, and again when one of their files has changed', async () => {
  const { code } = await bundle();
  expect(code).toContain('runJob');
  const text = readFileSync(kept(), 'utf8');
  const [sources, ...lines] = text.split('\n');
  expect(lines.join('\n')).toBe(code);
  expect(sources).toContain('workflows/index.ts');
  // Folders change with whatever comes into them.
  for (const [file] of JSON.parse(sources!.slice(3)) as [string][]) expect(statSync(file).isFile()).toBe(true);

  writeFileSync(kept(), `${sources}\n${code}// as it was kept`);
  expect((await bundle()).code).toBe(`${code}// as it was kept`);

  // As if the file had been another when the bundle was made.
  const changed = sources!.replace(/(workflows\/index\.ts",)\d+/, '$11');
  expect(changed).not.toBe(sources);
  writeFileSync(kept(), `${changed}\n${code}// as it was kept`);
  expect((await bundle()).code).toBe(code);
  expect(readFileSync(kept(), 'utf8')).toBe(text);
});

test('what is kept is no more than a help: without it, or with half of it, workflows are bundled', async () => {
  const { code } = await bundle();
  const text = readFileSync(kept(), 'utf8');
  writeFileSync(kept(), text.slice(0, 100));
  expect((await bundle()).code).toBe(code);
  const file = join(cache, 'file');
  writeFileSync(file, '');
  vi.stubEnv('XDG_CACHE_HOME', file);
  expect((await bundle()).code).toBe(code);
});
