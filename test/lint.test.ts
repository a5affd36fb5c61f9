import { ESLint } from 'eslint';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The rules that keep the arrows of DESIGN.md. */
const ARROWS = new Set([
  'import-x/no-restricted-paths',
  'no-restricted-syntax',
  '@typescript-eslint/consistent-type-imports',
  '@typescript-eslint/no-import-type-side-effects',
  '@typescript-eslint/no-restricted-imports',
]);

const eslint = new ESLint({
  cwd: ROOT,
  overrideConfigFile: join(ROOT, 'eslint.config.js'),
  // None of them asks for types.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ARROWS.has(ruleId),
});

/** What the linter says of `code`, were it all that stands in `file`. */
async function lint(file: string, code: string): Promise<string> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(ROOT, file) });
  return result!.messages.map(({ message }) => message).join('\n');
}

describe('a misplaced import is refused where it is written', () => {
  it.each([
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
    [
      'workflows/vote.ts',
      `import type { KgotPlugin } from '../workers/index.ts';`,
      'workflows/ may import only itself',
    ],
    ['workflows/vote.ts', `import { z } from 'zod';`, 'only types'],
    ['workflows/vote.ts', `import { join } from 'node:path';`, 'only types'],
    ['workflows/vote.ts', `import { steps } from '../src/model/steps/index.ts';`, 'only types'],
    ['workflows/vote.ts', `import { type Step } from '../src/model/step.ts';`, 'side effect import'],
    ['workflows/vote.ts', `export { type Step } from '../src/model/step.ts';`, 'export type'],
    ['cli/main.ts', `import '../test/lint.test.ts';`, 'cli/ may import only itself'],
  ])('%s: %s', async (file, code, message) => {
    expect(await lint(file, code)).toContain(message);
  });
});

describe('an import that follows the arrows is not', () => {
  it.each([
    ['cli/main.ts', `import '../workers/index.ts';\nimport '../src/client/index.ts';`],
    ['workers/plugin.ts', `import '../workflows/index.ts';\nimport '../activities/run.ts';`],
    ['activities/heartbeat.ts', `import '../src/model/step.ts';\nimport 'node:fs';`],
    ['src/tools/tool-set.ts', `import './define-tool.ts';\nimport '../graph/index.ts';\nimport '../domain/run.ts';`],
    ['workflows/vote.ts', `import '@temporalio/workflow';\nimport '../src/domain/votes.ts';\nimport './ask.ts';`],
    ['workflows/vote.ts', `import type { Step } from '../src/model/step.ts';\nimport type { z } from 'zod';`],
    ['test/lint.test.ts', `import '../cli/errors.ts';\nimport '../src/domain/votes.ts';`],
  ])('%s: %s', async (file, code) => {
    expect(await lint(file, code)).toBe('');
  });
});
