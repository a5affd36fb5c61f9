/** All checks before a commit: `npm run verify`. Each runs, whatever the others said. `--no-tests` leaves the tests out. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { 'no-tests': { type: 'boolean', default: false } } });

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const bin = (path: string): string => join(root, 'node_modules', path);

/** Runs a script with this Node; what it prints goes to stderr. */
function run(args: string[], cwd = root): boolean {
  return spawnSync(process.execPath, args, { cwd, stdio: ['ignore', 2, 2] }).status === 0;
}

/** Builds the package, and imports each of its entries: from the source, and from the build. */
function checkBuild(): boolean {
  if (!run(['scripts/build.ts'])) return false;
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, string>;
  };
  const imports = Object.keys(exports).map((entry) => `await import('${name}${entry.slice(1)}');`);
  const script = ['--input-type=module', '--eval', imports.join('\n')];
  return (
    [root, dist].map((folder) => run(script, folder)).every(Boolean) && run([join(dist, 'cli/main.js'), '--version'])
  );
}

const checks: Record<string, () => boolean> = {
  format: () => run([bin('prettier/bin/prettier.cjs'), '--check', '.']),
  lint: () => run([bin('eslint/bin/eslint.js'), '.']),
  types: () => run([bin('typescript/bin/tsc'), '--noEmit']),
  build: checkBuild,
  ...(values['no-tests'] ? {} : { tests: () => run([bin('vitest/vitest.mjs'), 'run']) }),
};

const results = Object.entries(checks).map(([name, check]) => {
  process.stderr.write(`\n── ${name} ──\n`);
  const started = performance.now();
  const ok = check();
  return { name, ok, seconds: (performance.now() - started) / 1000 };
});

process.stderr.write('\n');
for (const { name, ok, seconds } of results) {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(6)}  ${seconds.toFixed(1)} s\n`);
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
