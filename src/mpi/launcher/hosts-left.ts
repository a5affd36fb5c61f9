import { ranksOn, reachable } from './hosts.ts';
import type { RemoteHosts } from './hosts.ts';

export interface HostsLeftOptions {
  /** Where ranks run, if not all on this machine. */
  remote: RemoteHosts | undefined;
  /** Where that is this machine alone. */
  ranks: number;
  /** Told which hosts are left out, and why. */
  log: (line: string) => void;
}

/** The hosts of a job that are not given up. */
export class HostsLeft {
  readonly #options: HostsLeftOptions;
  #remote: RemoteHosts | undefined;

  constructor(options: HostsLeftOptions) {
    this.#options = options;
    this.#remote = options.remote;
  }

  get remote(): RemoteHosts | undefined {
    return this.#remote;
  }

  /** Ranks that they run. */
  get ranks(): number {
    return this.#remote === undefined ? this.#options.ranks : ranksOn(this.#remote.hosts);
  }

  /** Whether none is given up. */
  get areAll(): boolean {
    return this.#remote === this.#options.remote;
  }

  /** Hosts that are gone are left out of what follows: those that fell silent, and those where nothing can be started. @returns their names */
  async leaveOut(silent: readonly string[], job: string): Promise<Set<string>> {
    const gone = new Set(silent);
    if (this.#remote === undefined) return gone;
    const hosts = this.#remote.hosts.filter(({ name }) => !gone.has(name));
    const there = await reachable({ ...this.#remote, hosts });
    for (const host of this.#remote.hosts.filter((one) => !there.includes(one))) {
      const why = gone.has(host.name) ? 'nothing was heard of it' : 'nothing can be started there';
      this.#options.log(`MPI: host ${host.name} is left out of job ${job}: ${why}.`);
      gone.add(host.name);
    }
    this.#remote = { ...this.#remote, hosts: there };
    return gone;
  }
}
