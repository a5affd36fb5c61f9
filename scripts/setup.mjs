// Installs what a command needs before it runs: `node scripts/setup.mjs`. Plain JavaScript for any Node that npm runs on;
// everything after it runs on the Node that this installs. Writes to stderr only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.kgot-setup');
const lock = join(root, '.setup-lock');

if (!isSetUp()) {
  await takeLock();
  try {
    if (!isSetUp()) install();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the packages of the lockfile are installed, and by a run that came to its end. */
function isSetUp() {
  try {
    return readFileSync(stamp, 'utf8') === wanted();
  } catch {
    return false;
  }
}

function wanted() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform} ${process.arch}\n`;
}

function install() {
  say('Setting up: installing the packages and their Node (650 MB, once) …');
  const npm = process.env.npm_execpath;
  // Not `ci`: that refuses a lockfile which lacks packages of platforms that the registry it was made with did not carry.
  const args = ['install', '--no-save', '--loglevel=error'];
  // What npm's own settings of this script run would change must not reach the inner one.
  const { npm_config_loglevel: _level, npm_config_json: _json, ...env } = process.env;
  const stdio = ['ignore', 2, 2];
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, env, stdio })
    : spawnSync('npm', args, { cwd: root, env, stdio, shell: process.platform === 'win32' });
  if (status !== 0) {
    say(
      `The packages could not be installed${error ? ` (${error.message})` : ''}: see above, then run the command again.`,
    );
    rmSync(lock, { force: true });
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted());
}

/** Two commands at once in one clone: the second waits. The lock of a process that is gone is broken. */
async function takeLock() {
  const own = `${lock}.${process.pid}`;
  for (let said = false; ;) {
    try {
      writeFileSync(own, String(process.pid));
      linkSync(own, lock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(own, { force: true });
    }
    if (!isAlive(Number(readLock()))) rmSync(lock, { force: true });
    else {
      if (!said) say('Another command is setting up this clone: waiting for it …');
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

function readLock() {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
