import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesOf } from '../../src/mpi/launcher/mpiexec.ts';
import type { HostSlots } from '../../src/mpi/launcher/hosts.ts';
import { sleepFor } from '../stealing/sleep.ts';

/** Hosts that are network namespaces of this machine, with a bridge between them: processes of one reach those of another by TCP alone. */
export interface NetworkHosts {
  hosts: HostSlots[];
  /** Starts a command on one, as ssh would. */
  shell: string;
  /** The address at which they reach this process. */
  address: string;
  /** Takes the cable of a host away. */
  cut(name: string): void;
  plug(name: string): void;
  /** A host goes down at once: its processes are killed, and nothing can be started there until {@link start}. */
  stop(name: string): void;
  start(name: string): void;
  /** Processes of a launch, which has this in its token, on a host. */
  processes(name: string, token: string): number[];
  close(): void;
}

/** State of a bridge's port through which everything passes. */
const FORWARDING = '3';
const NAMES = ['a', 'b', 'c', 'd'];

let opened = 0;

/** Makes hosts with so many slots each; needs root, and `ip`. */
export function openNetworkHosts(count: number, slots: number): NetworkHosts {
  // The kernel takes its time to remove those before.
  opened += 1;
  const id = `kg${process.pid.toString(36)}-${opened}`;
  const net = `198.18.${(process.pid + opened) % 256}`;
  const bridge = `${id}br`;
  const folder = mkdtempSync(join(tmpdir(), 'kgot-hosts-'));
  const names = NAMES.slice(0, count);
  const space = (name: string): string => `${id}${name}`;
  const shell = join(folder, 'shell');
  const close = (): void => {
    for (const name of names) {
      for (const pid of pidsIn(space(name))) tryKill(pid);
      tryIp('netns', 'del', space(name));
    }
    tryIp('link', 'del', bridge);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('addr', 'add', `${net}.1/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    names.forEach((name, index) => {
      const [inside, outside] = [`${space(name)}i`, `${space(name)}o`];
      ip('netns', 'add', space(name));
      ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', space(name));
      ip('link', 'set', outside, 'master', bridge, 'up');
      ip('-n', space(name), 'addr', 'add', `${net}.${10 + index}/24`, 'dev', inside);
      ip('-n', space(name), 'link', 'set', inside, 'up');
      ip('-n', space(name), 'link', 'set', 'lo', 'up');
    });
    writeFileSync(
      shell,
      [
        '#!/bin/sh',
        'host=$1; shift',
        `if [ -e ${folder}/down-$host ]; then echo "No route to host $host" >&2; exit 255; fi`,
        // Each has a name of its own, as machines have.
        `exec ip netns exec ${id}$host unshare --uts sh -c 'hostname "$1"; shift; exec sh -c "$*"' sh "$host" "$@"`,
        '',
      ].join('\n'),
    );
    chmodSync(shell, 0o700);
  } catch (error) {
    close();
    throw error;
  }
  const connect = (name: string): void => {
    const outside = `${space(name)}o`;
    ip('link', 'set', outside, 'up');
    // The kernel takes up to a second until anything passes.
    const port = `/sys/class/net/${outside}/brport/state`;
    const carries = (): boolean =>
      readFileSync(port, 'utf8').trim() === FORWARDING &&
      /state UP/.test(ip('-n', space(name), 'link', 'show', `${space(name)}i`));
    for (let looks = 0; looks < 500 && !carries(); looks += 1) sleepFor(10);
  };
  const down = (name: string): string => join(folder, `down-${name}`);
  return {
    hosts: names.map((name) => ({ name, slots })),
    shell,
    address: `${net}.1`,
    cut: (name) => ip('link', 'set', `${space(name)}o`, 'down'),
    plug: connect,
    stop(name) {
      writeFileSync(down(name), '');
      // Its cable first: a machine that goes down says no goodbye.
      ip('link', 'set', `${space(name)}o`, 'down');
      for (const pid of pidsIn(space(name))) tryKill(pid);
    },
    start(name) {
      rmSync(down(name), { force: true });
      connect(name);
    },
    processes(name, token) {
      const there = new Set(pidsIn(space(name)));
      return processesOf(token).filter((pid) => there.has(pid));
    },
    close,
  };
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function tryIp(...args: string[]): void {
  try {
    ip(...args);
  } catch {
    // It is not there.
  }
}

function pidsIn(space: string): number[] {
  try {
    return ip('netns', 'pids', space)
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  } catch {
    return [];
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
