import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { HOST_NAME, HOSTS_ADVICE } from '../../config/kinds.ts';
import { readSetting } from '../../config/read-setting.ts';

const run = promisify(execFile);

/** A host, and how many ranks it gets. */
export interface HostSlots {
  name: string;
  slots: number;
}

/** Hosts that ranks run on. */
export interface RemoteHosts {
  hosts: readonly HostSlots[];
  /** Starts a command on a host, as `ssh` does: with the host's name, then the command. */
  shell?: string;
  /** Address of this machine that the hosts reach. @default each that it has */
  address?: string;
}

const NAME = new RegExp(`^${HOST_NAME}$`);
const MOST_SLOTS = 256;

/**
 * Reads hosts: a list as `a:2,b:2`, or the name of a hostfile in the format of Open MPI, with a line `a slots=2` for each.
 *
 * @throws {RangeError} that says what was wrong, and what would be right
 */
export function readHosts(given: string): HostSlots[] {
  const hosts = given.includes('/') ? fromFile(given) : given.split(',').map((entry) => fromEntry(entry.trim()));
  if (hosts.length === 0) throw new RangeError(`The hostfile ${given} names no host: give it a line as "a slots=2".`);
  return distinct(hosts);
}

function distinct(hosts: HostSlots[]): HostSlots[] {
  const names = new Set<string>();
  for (const { name } of hosts) {
    if (names.has(name)) throw new RangeError(`The host ${name} is named twice: name it once, with all its slots.`);
    names.add(name);
  }
  return hosts;
}

/** @returns ranks that jobs get on the hosts of the settings; 0 where none are set. @throws {RangeError} for what cannot be hosts */
export function slotsOfHosts(env?: NodeJS.ProcessEnv): number {
  const hosts = readSetting('mpiHosts', env);
  return hosts === undefined ? 0 : ranksOn(readHosts(hosts));
}

/** @returns ranks that hosts have together: one for each slot */
export function ranksOn(hosts: readonly HostSlots[]): number {
  return hosts.reduce((sum, { slots }) => sum + slots, 0);
}

/** @throws {RangeError} for what cannot be hosts */
export function remoteHosts(
  given: string | readonly HostSlots[],
  { shell, address }: Pick<RemoteHosts, 'shell' | 'address'>,
): RemoteHosts {
  const hosts =
    typeof given === 'string'
      ? readHosts(given)
      : distinct(given.map(({ name, slots }) => fromEntry(`${name}:${slots}`)));
  return { hosts, ...(shell === undefined ? {} : { shell }), ...(address === undefined ? {} : { address }) };
}

function fromEntry(entry: string): HostSlots {
  const [name = '', slots = '1', ...rest] = entry.split(':');
  if (rest.length > 0 || !NAME.test(name)) {
    throw new RangeError(`${JSON.stringify(entry)} is no host: ${HOSTS_ADVICE}.`);
  }
  return { name, slots: slotsOf(slots, `the host ${name}`) };
}

function fromFile(path: string): HostSlots[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RangeError(`The hostfile ${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  const lines = text.split('\n').map((line, index) => ({ line: line.replace(/#.*/, '').trim(), number: index + 1 }));
  return lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const [, name = '', slots = '1'] = /^(\S+)(?:\s+slots\s*=\s*(\S+))?(?:\s+max_slots\s*=\s*\d+)?$/.exec(line) ?? [];
      if (NAME.test(name)) return { name, slots: slotsOf(slots, `line ${number} of ${path}`) };
      throw new RangeError(`Line ${number} of ${path} is ${JSON.stringify(line)}: give it as "a slots=2".`);
    });
}

function slotsOf(given: string, where: string): number {
  const slots = Number(given);
  if (Number.isInteger(slots) && slots >= 1 && slots <= MOST_SLOTS) return slots;
  throw new RangeError(`The slots of ${where} are ${JSON.stringify(given)}: give 1 to ${MOST_SLOTS}.`);
}

/** Names of this machine. */
const isLocal = (name: string): boolean =>
  ['localhost', '127.0.0.1', '::1', hostname()].includes(name) || labelOf(name) === labelOf(hostname());

/** MPI may tell a host's name without its domain. */
const labelOf = (name: string): string => (isIP(name) === 0 ? name.split('.')[0]! : name);

/** @returns what a host is called where hosts are set, by what MPI calls it */
export function nameOfHost({ hosts }: RemoteHosts, told: string): string {
  const found =
    hosts.find(({ name }) => name === told) ??
    hosts.find(({ name }) => labelOf(name) === labelOf(told)) ??
    hosts.find(({ name }) => isLocal(name) && isLocal(told));
  return found?.name ?? told;
}

/** Milliseconds that a host has to answer. */
const ANSWERS = 10_000;

/** @returns those of the hosts that run a command; this machine does */
export async function reachable({ hosts, shell = 'ssh' }: RemoteHosts): Promise<HostSlots[]> {
  const answers = await Promise.all(
    hosts.map(async ({ name }) => {
      if (isLocal(name)) return true;
      try {
        await run(shell, [name, 'true'], { timeout: ANSWERS, killSignal: 'SIGKILL' });
        return true;
      } catch {
        return false;
      }
    }),
  );
  return hosts.filter((_, index) => answers[index]);
}
