import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import type { RunResult } from '../../src/domain/run.ts';
import type { PerformanceAnalytics } from '../../src/optimizer/analytics.ts';
import { kgot, processesOf } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { oneFact, toReply } from '../support/stack.ts';

let folder: string;
let model: StubModel;
let env: NodeJS.ProcessEnv;
let up: Command;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kgot-analytics-'));
  model = await startStubModel((request) => toReply(oneFact[request.step]?.(request)));
  env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url, KGOT_MODEL_CONCURRENCY: '16' };
  up = kgot(['up'], { folder, env });
  await up.until('Ctrl-C');
}, 90_000);
afterAll(async () => {
  up.child.kill('SIGINT');
  await up.ended;
  await model.close();
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), { timeout: 10_000 });
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<Command> {
  const command = kgot(args, { folder, env });
  expect(await command.ended, command.stderr).toBe(0);
  return command;
}

describe('kgot with a strategy', { timeout: 120_000 }, () => {
  it('says so when no run has ended', async () => {
    expect((await run('analytics')).stdout).toContain('No run has ended that is kept here');
  });

  it('goes by the plan, tells it, and keeps how it went', async () => {
    const solved = JSON.parse(
      (await run('solve', 'Who leads Peru?', '--strategy', 'latency', '--priority', '9', '--exit', '--json')).stdout,
    ) as RunResult & { id: string };
    expect(solved).toMatchObject({
      answer: 'Ada Vega',
      plan: { strategy: 'latency', priority: 1, votes: { most: 5, send: 'all' } },
      performance: { savings: { samplesNotSent: 0 } },
    });
    const page = (await run('show', solved.id)).stdout;
    expect(page).toContain('Plan: latency (asked for)');
    expect(page).toContain('5 votes at most, all at once: all at once: the slowest of five is not waited for');
    expect(page).toContain('Performance: efficiency 0.');

    await run(
      'solve',
      'Who leads Peru?',
      '--strategy',
      'cost',
      '--task-type',
      'bulk',
      '--reuse-answers',
      'false',
      '--exit',
    );
    const table = (await run('analytics')).stdout;
    expect(table).toMatch(/bulk +cost +1 +100 %/);
    expect(table).toMatch(/question +latency +1 +100 %/);
    expect(table).toContain('2 runs, efficiency 0.');
    const bulk = JSON.parse((await run('analytics', '--task-type', 'bulk', '--json')).stdout) as PerformanceAnalytics;
    expect(bulk).toMatchObject({ executions: 1, strategies: { bulk: { cost: { executions: 1, successRate: 1 } } } });
  });

  it.each([
    [['--strategy', 'cheap'], 'Give latency, throughput, cost, balanced, scalability or auto.'],
    [['--priority', '11'], 'Give a whole number from 1 to 10.'],
    [['--target', 'soon'], 'Give a time as 20s or 1500ms, or dollars as 0.01 or $0.01.'],
    [['--budget', '0'], 'Give dollars as 0.05'],
  ])('refuses %j, and says what would be right', async (args, message) => {
    const command = kgot(['solve', 'Who leads Peru?', ...args], { folder, env });
    expect(await command.ended).toBe(2);
    expect(command.stderr).toContain(message);
  });
});
