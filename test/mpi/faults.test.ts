import { expect, it } from 'vitest';
import { injectRankFaults, RANK_FAULTS } from '../../bench/mpi/chaos.ts';

/** `npm run chaos -- NAME --times 20` is the long form. */
it.each(RANK_FAULTS)('%s: the output is that of an undisturbed job, and nothing is left', async (fault) => {
  const report = await injectRankFaults(fault, { times: 1, seed: 20261128, undisturbed: 1, log: () => undefined });
  expect(report.trials.flatMap(({ problems }) => problems)).toEqual([]);
});
