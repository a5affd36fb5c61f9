import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The rules that keep the arrows of DESIGN.md. */
const ARROWS = /^(house\(|typescript\((consistent-type-imports|no-import-type-side-effects)\))/;

const MISPLACED: [file: string, code: string, message: string][] = [
  ['src/domain/votes.ts', `import '../cost/prices.ts';`, 'src/domain may import only itself'],
  ['src/domain/votes.ts', `import 'zod';`, 'src/domain is pure'],
  ['src/domain/votes.ts', `export type Prices = typeof import('../cost/prices.ts');`, 'annotations are forbidden'],
  [
    'src/model/model-caller.ts',
    `import type { Tool } from '../tools/define-tool.ts';`,
    'src/model may import only itself',
  ],
  ['src/client/client.ts', `import '../../workers/index.ts';`, 'src/ may import only itself'],
  ['src/tools/tool-set.ts', `export * from 'kgot-temporal/worker';`, 'src/ may import only itself'],
  ['activities/heartbeat.ts', `import '../workflows/index.ts';`, 'activities/ may import only itself, src/'],
  ['workers/plugin.ts', `const errors = await import('../cli/errors.ts');`, 'workers/ may import only itself'],
  ['workflows/vote.ts', `import type { KgotPlugin } from '../workers/index.ts';`, 'workflows/ may import only itself'],
  ['workflows/vote.ts', `import { z } from 'zod';`, 'only types'],
  ['workflows/vote.ts', `import { join } from 'node:path';`, 'only types'],
  ['workflows/vote.ts', `import { steps } from '../src/model/steps/index.ts';`, 'only types'],
  ['workflows/vote.ts', `import { type Step } from '../src/model/step.ts';`, 'side effect import'],
  ['workflows/vote.ts', `export { type Step } from '../src/model/step.ts';`, 'export type'],
  ['cli/main.ts', `import '../test/lint.test.ts';`, 'cli/ may import only itself'],
  ['workflows/vote.ts', `export const late = import('./ask.ts');`, 'imports at its top only'],
  ['src/loose.ts', 'export const loose = 1;', 'src/ is made of rooms'],
];

const RIGHT: [file: string, code: string][] = [
  ['cli/main.ts', `import '../workers/index.ts';\nimport '../src/client/index.ts';`],
  ['workers/plugin.ts', `import '../workflows/index.ts';\nimport '../activities/run.ts';`],
  ['activities/heartbeat.ts', `import '../src/model/step.ts';\nimport 'node:fs';`],
  ['src/tools/tool-set.ts', `import './define-tool.ts';\nimport '../graph/index.ts';\nimport '../domain/run.ts';`],
  ['workflows/vote.ts', `import '@temporalio/workflow';\nimport '../src/domain/votes.ts';\nimport './ask.ts';`],
  ['workflows/vote.ts', `import type { Step } from '../src/model/step.ts';\nimport type { z } from 'zod';`],
  ['test/lint.test.ts', `import '../cli/errors.ts';\nimport '../src/domain/votes.ts';`],
];

/** What the linter says of each case, were it all that stands in a file of that folder. */
let said: string[][];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kgot-lint-'));
  for (const path of ['oxlint.config.ts', 'package.json', 'scripts/house-rules.ts']) {
    await cp(join(ROOT, path), join(folder, path));
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // No rule of the arrows asks for types.
  const untyped = `import config from './oxlint.config.ts';\nexport default { ...config, options: {} };\n`;
  await writeFile(join(folder, 'untyped.config.ts'), untyped);
  const cases = [...MISPLACED, ...RIGHT];
  for (const [index, [file, code]] of cases.entries()) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await writeFile(join(folder, dirname(file), `case-${index}.ts`), `${code}\n`);
  }
  said = cases.map(() => []);
  const found = await oxlint([
    '--config',
    'untyped.config.ts',
    '--format',
    'json',
    ...new Set(cases.map(([file]) => dirname(file))),
  ]);
  for (const { code, message, filename } of found) {
    if (ARROWS.test(code)) said[Number(/\d+/.exec(basename(filename)))]?.push(message);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Found {
  code: string;
  message: string;
  filename: string;
}

function oxlint(args: string[]): Promise<Found[]> {
  const bin = join(ROOT, 'node_modules/oxlint/bin/oxlint');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [bin, ...args], { cwd: folder }, (_, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Found[] }).diagnostics);
      } catch {
        reject(new Error(`${stdout}${stderr}`));
      }
    });
  });
}

it.each(MISPLACED.map((one, index) => [...one, index] as const))(
  '%s: %s is refused where it is written',
  (_file, _code, message, index) => {
    expect(said[index]!.join('\n')).toContain(message);
  },
);

it.each(RIGHT.map((one, index) => [...one, index] as const))('%s: %s follows the arrows', (_file, _code, index) => {
  expect(said[MISPLACED.length + index]).toEqual([]);
});
