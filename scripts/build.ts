/** Makes the npm package in `dist/`: `npm run build`, then `npm publish dist`. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Package {
  name: string;
  version: string;
  description: string;
  license: string;
  type: string;
  engines: Record<string, string>;
  dependencies: Record<string, string>;
  exports: Record<string, string>;
}

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const source = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Package;

rmSync(dist, { recursive: true, force: true });
compile();
copyAssets();
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishedPackage(), null, 2)}\n`);
refuseMissing();

function compile(): void {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // Whether types fit is for `npm run verify` to say, of the tests too.
  const { status } = spawnSync(process.execPath, [tsc, '--project', 'tsconfig.build.json', '--noCheck'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

/** Files that the code reads beside itself, such as recordings. */
function copyAssets(): void {
  for (const folder of ['src', 'workflows', 'activities', 'workers', 'cli', 'native']) {
    cpSync(join(root, folder), join(dist, folder), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts') || statSync(path).isDirectory(),
    });
  }
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE', 'docker-compose.yml']) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(dist, file));
  }
}

function publishedPackage(): object {
  const { name, version, description, license, type, engines, dependencies } = source;
  const entries = Object.entries(source.exports).map(([entry, file]) => [
    entry,
    { types: file.replace(/\.ts$/, '.d.ts'), default: file.replace(/\.ts$/, '.js') },
  ]);
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    bin: { kgot: './cli/main.js' },
    exports: Object.fromEntries(entries) as object,
    dependencies,
  };
}

/** A file that `exports` names and the build lacks would be found by its first user only. */
function refuseMissing(): void {
  const missing = Object.values(source.exports)
    .flatMap((file) => [file.replace(/\.ts$/, '.d.ts'), file.replace(/\.ts$/, '.js')])
    .filter((file) => !existsSync(join(dist, file)));
  if (missing.length === 0) return;
  process.stderr.write(`The build lacks files that package.json exports: ${missing.join(', ')}.\n`);
  process.exit(1);
}
