/** All checks before a commit: `npm run verify`. Each runs, whatever the others said. `--no-tests` leaves the tests out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import PQueue from 'p-queue';

const { values } = parseArgs({ options: { 'no-tests': { type: 'boolean', default: false } } });

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const bin = (path: string): string => join(root, 'node_modules', path);

/** The linter and the compiler are Go programs that end soon: without collecting garbage they take a third less. */
const env = { GOGC: 'off', GOMEMLIMIT: '6GiB', ...process.env };

/** Runs a script with this Node. @returns whether it ended well, and what it printed */
async function run(args: string[], cwd = root): Promise<{ ok: boolean; printed: string }> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'close');
  return { ok: child.exitCode === 0, printed: (await printed).join('') };
}

type Check = () => ReturnType<typeof run>;

/** Builds the package, and imports each of its entries: from the source, and from the build. */
async function checkBuild(): ReturnType<Check> {
  const built = await run(['scripts/build.ts']);
  if (!built.ok) return built;
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, string>;
  };
  const imports = Object.keys(exports).map((entry) => `await import('${name}${entry.slice(1)}');`);
  const script = ['--input-type=module', '--eval', imports.join('\n')];
  const all = [built, await run(script), await run(script, dist), await run([join(dist, 'cli/main.js'), '--version'])];
  return { ok: all.every(({ ok }) => ok), printed: all.map(({ printed }) => printed).join('') };
}

/** The longest first, so that they end together. */
const checks: Record<string, Check> = {
  // Types as well.
  lint: () => run([bin('oxlint/bin/oxlint'), '.']),
  build: checkBuild,
  format: () => run([bin('oxfmt/bin/oxfmt'), '--check', '.']),
};

const results: { name: string; ok: boolean; seconds: number }[] = [];

async function check(name: string, work: () => Promise<boolean>): Promise<void> {
  process.stderr.write(`${name} …\n`);
  const started = performance.now();
  const ok = await work();
  results.push({ name, ok, seconds: (performance.now() - started) / 1000 });
}

const queue = new PQueue({ concurrency: availableParallelism() });
await queue.addAll(
  Object.entries(checks).map(
    ([name, work]) =>
      () =>
        check(name, async () => {
          const { ok, printed } = await work();
          process.stderr.write(`\n── ${name} ──\n${printed}`);
          return ok;
        }),
  ),
);
if (!values['no-tests']) {
  const tests = spawn(process.execPath, [bin('vitest/vitest.mjs'), 'run'], { cwd: root, stdio: ['ignore', 2, 2] });
  await check('tests', async () => {
    await once(tests, 'exit');
    return tests.exitCode === 0;
  });
}

process.stderr.write('\n');
for (const { name, ok, seconds } of results) {
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(6)}  ${seconds.toFixed(1)} s\n`);
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
