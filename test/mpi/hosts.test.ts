import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chaosJob } from '../../bench/mpi/chaos-job.ts';
import type { ChaosTask } from '../../bench/mpi/chaos-job.ts';
import { openNetworkHosts } from '../../bench/mpi/network-hosts.ts';
import type { NetworkHosts } from '../../bench/mpi/network-hosts.ts';
import { WorkStealingScheduler } from '../../src/jobs/index.ts';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import type { MpiMetrics } from '../../src/mpi/index.ts';
import { processesOf } from '../../src/mpi/launcher/mpiexec.ts';
import { openFolder, rejection } from '../jobs/support/schedulers.ts';
import { leftoversOfOurs } from './leftovers.ts';
import { collective } from './programs/collective-job.ts';
import { deadly } from './programs/deadly-job.ts';
import type { DeadlyTask } from './programs/deadly-job.ts';
import { untilFiles } from './until.ts';

const STALL_SECONDS = 3;

let network: NetworkHosts;
let said: string[] = [];
beforeAll(() => {
  network = openNetworkHosts(3, 2);
});
afterAll(() => network.close());
afterEach(async () => {
  expect(await leftoversOfOurs()).toEqual([]);
  said = [];
});

function processor(more: object = {}): MpiDistributedProcessor {
  const { hosts, shell, address } = network;
  return new MpiDistributedProcessor({
    ...{ hosts, shell, address, stallSeconds: STALL_SECONDS, log: (line: string) => void said.push(line) },
    ...more,
  });
}

const leftOut = (): string[] => said.filter((line) => line.includes('left out'));

/** Tasks that spawn others: only where those go to other hosts do all hosts work. */
const growing = (milliseconds: number): ChaosTask[] => [{ name: 'root', milliseconds, spawns: 6 }];
const flat = (count: number, milliseconds: number): ChaosTask[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `task ${index}`,
    milliseconds,
    spawns: index % 10 === 0 ? 2 : 0,
  }));

function addressOfLauncher(): RegExpExecArray {
  const [pid] = processesOf(`kgot-mpi-${process.pid}-`);
  const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
  return /KGOT_MPI_LAUNCHER=([^\0:]+):(\d+)/.exec(environment)!;
}

function tasksOfHosts({ workers }: MpiMetrics): number[] {
  return [0, 2, 4].map((first) => workers[first]!.tasks + workers[first + 1]!.tasks);
}

async function onThreads(tasks: ChaosTask[]): Promise<string> {
  const scheduler = new WorkStealingScheduler({ threads: 4 });
  const { output } = await scheduler.run(chaosJob, tasks);
  await scheduler.shutdown();
  return output;
}

describe('a job on several hosts', () => {
  test('gives what it gives on threads, and each host has its share', async () => {
    const tasks = flat(600, 10);
    const { output, metrics } = await processor().run(chaosJob, tasks);
    expect(output).toBe(await onThreads(tasks));
    expect(metrics).toMatchObject({ tasks: 600, launches: 1, replaced: 0 });
    expect(metrics.workers).toHaveLength(6);
    for (const ran of tasksOfHosts(metrics)) expect(ran).toBeGreaterThan(50);
  });

  test('spreads what one task spawns', async () => {
    // Seconds of work: on a busy machine a host may begin a second later than others.
    const tasks = growing(100);
    const { output, metrics } = await processor().run(chaosJob, tasks);
    expect(output).toBe(await onThreads(tasks));
    for (const ran of tasksOfHosts(metrics)) expect(ran).toBeGreaterThan(0);
  });

  test('may be a program for all ranks, which begins again where one dies', async () => {
    const at = openFolder();
    const { output, metrics } = await processor().run(collective, { add: 10, diesUnless: at('died') });
    expect(output).toMatchObject({ sum: 75, most: 5, ranks: 6 });
    expect(metrics.launches).toBe(2);
  });

  test('hangs up on who is no rank', async () => {
    const at = openFolder();
    const tasks: DeadlyTask[] = [{ do: 'until-file', file: at('go'), begun: at('begun') }];
    const running = processor().run(deadly, tasks);
    await untilFiles(at('begun'));
    const [, host, port] = addressOfLauncher();
    const words = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.alloc(2 ** 20, 0xff),
    ];
    for (const word of words) {
      const stranger = connect(Number(port), host);
      stranger.on('error', () => undefined);
      stranger.write(word);
      await new Promise((resolve) => stranger.on('close', resolve));
    }
    writeFileSync(at('go'), '');
    expect((await running).output).toEqual(['found']);
  });

  test('ends at once when it is cancelled, and leaves nothing', async () => {
    const at = openFolder();
    const controller = new AbortController();
    const tasks: DeadlyTask[] = [{ do: 'until-file', file: at('never'), begun: at('begun') }];
    const running = rejection(processor().run(deadly, tasks, { signal: controller.signal }));
    await untilFiles(at('begun'));
    controller.abort(new Error('enough'));
    expect((await running).name).toBe('JobCancelled');
  });
});

describe('when something dies on a host', () => {
  test('a rank: those of its host take over what it had, and the others go on', async () => {
    const at = openFolder();
    const tasks: DeadlyTask[] = [
      { do: 'spawn-and-hold', pid: at('pid'), spawns: 20 },
      ...Array.from({ length: 200 }, (_, value): DeadlyTask => ({ do: 'give', value })),
    ];
    let killed = false;
    const running = processor().run(deadly, tasks, {
      onProgress: ({ finished }) => {
        if (killed || finished < 200) return;
        killed = true;
        process.kill(Number(readFileSync(at('pid'), 'utf8')), 'SIGKILL');
      },
    });
    const { output, metrics } = await running;
    expect(output.slice(0, 3)).toEqual(['held', 0, 1]);
    expect(output).toHaveLength(221);
    expect(metrics).toMatchObject({ replaced: 1, launches: 1, spawned: 20 });
  });

  test.each([
    ['the host, with all that runs there', 'stop', 'start'],
    ['its cable', 'cut', 'plug'],
  ] as const)('%s: the others go on without it', async (_, harm, mend) => {
    const tasks = flat(1_200, 12);
    const expected = await onThreads(tasks.map((task) => ({ ...task, milliseconds: 0 })));
    let harmed = false;
    try {
      const { output, metrics } = await processor().run(chaosJob, tasks, {
        onProgress: ({ finished }) => {
          if (harmed || finished < 100) return;
          harmed = true;
          network[harm]('b');
        },
      });
      expect(output).toBe(expected);
      // MPI's daemon on a host that was just there again ends at once now and then, and is started once more.
      expect(metrics.launches).toBeOneOf([2, 3]);
      expect(leftOut()).toEqual([expect.stringMatching(/^MPI: host b is left out of job chaos: /)]);
    } finally {
      network[mend]('b');
    }
  });

  test('one that is away from the start is left out, and said so', async () => {
    network.stop('c');
    try {
      const { output, metrics } = await processor().run(chaosJob, flat(50, 1));
      expect(output).toBe(await onThreads(flat(50, 1)));
      expect(metrics.launches).toBeOneOf([2, 3]);
      expect(leftOut()).toEqual(['MPI: host c is left out of job chaos: nothing can be started there.']);
    } finally {
      network.start('c');
    }
  });

  test('all of them: it says so', async () => {
    for (const { name } of network.hosts) network.stop(name);
    try {
      const error = await rejection(processor().run(chaosJob, flat(5, 1)));
      expect(error.message).toMatch(/^The ranks of job chaos have no host left/);
    } finally {
      for (const { name } of network.hosts) network.start(name);
    }
  });
});

test('hosts may come from a hostfile', async () => {
  const at = openFolder();
  writeFileSync(at('hosts'), '# Of the bench.\na slots=1\nb slots=2\n');
  const { metrics } = await processor({ hosts: at('hosts') }).run(chaosJob, flat(30, 5));
  expect(metrics.workers).toHaveLength(3);
});
