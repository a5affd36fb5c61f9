import { expect, test } from 'vitest';
import { loadBalance, parallelEfficiency } from '../../src/jobs/index.ts';
import { many } from './fixtures/many.ts';
import type { Task } from './fixtures/many.ts';
import { openScheduler } from './support/schedulers.ts';

test('efficiency and balance are what their formulas say', () => {
  expect(parallelEfficiency([{ busy: 80 }, { busy: 60 }], 100)).toBe(0.7);
  expect(parallelEfficiency([], 100)).toBe(0);
  expect(parallelEfficiency([{ busy: 0 }], 0)).toBe(0);
  expect(loadBalance([{ busy: 80 }, { busy: 60 }])).toBe(70 / 80);
  expect(loadBalance([{ busy: 0 }])).toBeUndefined();
});

test('a worker’s time is busy, idle or waiting, and hardly ever anything else', async () => {
  const tasks: Task[] = Array.from({ length: 40 }, () => ({ do: 'wait', milliseconds: 20 }));
  const { metrics } = await openScheduler({ threads: 1, interleaved: 4 }).run(many, { tasks });
  const [{ busy, idle, waiting, tasks: run } = fail()] = metrics.workers;
  expect(run).toBe(40);
  // Ten turns of four at once.
  expect(waiting).toBeGreaterThan(150);
  expect(busy + idle + waiting).toBeLessThanOrEqual(metrics.elapsed + 1);
});

function fail(): never {
  throw new Error('There is no worker.');
}
