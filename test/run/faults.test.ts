import { expect, it } from 'vitest';
import { disturbApprovals } from '../../bench/approvals.ts';
import { injectFaults, STAGES } from '../../bench/faults.ts';
import { disturbSharedBudget } from '../../bench/shared-budget.ts';

/** `npm run chaos -- NAME --times 20` is the long form. */
it.each(STAGES)(
  'what is killed in the middle costs no answer, no batch and no recorded call: $faults',
  { timeout: 300_000 },
  async ({ faults, graph }) => {
    const reports = await injectFaults(faults, { times: 1, seed: 20261124, log: () => undefined });
    expect(reports).toHaveLength(faults.length);
    for (const { trials, mostLostSeconds } of reports) {
      expect(trials.flatMap(({ problems }) => problems)).toEqual([]);
      if (graph === undefined) expect(mostLostSeconds).toBeLessThan(8);
    }
  },
);

it('a shared budget is not broken, and no share lost, by a killed worker and owner', async () => {
  const { trials } = await disturbSharedBudget({ times: 1, seed: 20261124, log: () => undefined });
  expect(trials.flatMap(({ problems }) => problems)).toEqual([]);
}, 180_000);

it('hints, budgets and decisions are each taken once, over continue-as-new and a killed worker', async () => {
  const { trials } = await disturbApprovals({ times: 1, seed: 20261124, log: () => undefined });
  expect(trials.flatMap(({ problems }) => problems)).toEqual([]);
  expect(trials[0]!.executions).toBeGreaterThan(1);
}, 180_000);
