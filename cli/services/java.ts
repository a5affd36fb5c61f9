import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSetting } from '../../src/config/read-setting.ts';
import { UserError } from '../errors.ts';

const run = promisify(execFile);

const OLDEST = 17;

const WAYS = `install it ("apt install openjdk-17-jre-headless maven", "brew install openjdk@21 maven"), have a Docker engine with Compose, or name servers of yours with NEO4J_URI and RDF4J_URL`;

/**
 * Finds Java: in JAVA_HOME, else on PATH.
 *
 * @throws {UserError} when there is none, or one that is too old
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = readSetting('javaHome', env);
  const java = home === undefined ? 'java' : join(home, 'bin', 'java');
  const where = home === undefined ? 'on PATH' : `in JAVA_HOME (${home})`;
  // It writes to stderr.
  const said = await run(java, ['-version'], { env }).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => undefined,
  );
  if (said === undefined) throw new UserError(`There is no Java ${where} that runs: ${WAYS}.`);
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? [];
  const version = Number(first === '1' ? second : first);
  if (!(version >= OLDEST)) {
    throw new UserError(`The Java ${where} is ${version}, and ${OLDEST} or newer is needed: ${WAYS}.`);
  }
  return java;
}

/** @throws {UserError} when there is no Maven */
export async function requireMaven(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const runs = await run('mvn', ['--version'], { env }).then(
    () => true,
    () => false,
  );
  if (!runs) throw new UserError(`Maven (mvn), which downloads the servers once, is not on PATH: ${WAYS}.`);
}
