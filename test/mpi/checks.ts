import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Mpi } from '../../src/mpi/index.ts';
import { node, runRanks } from './ranks.ts';
import type { Program, Ran, RanksOptions } from './ranks.ts';

/** What all ranks of a job do together, by what it shows. A check must end on every rank, and throws where it fails. */
export type Checks = Record<string, (mpi: Mpi) => Promise<void> | void>;

/**
 * Runs the checks of a module on ranks, in one job, and tells each as a test.
 *
 * @param beside ranks of other programs in the same job
 */
export function describeChecks(
  title: string,
  checks: Checks,
  module: string,
  { ranks, flags = [], beside = [], ...options }: RanksOptions & { ranks: number; flags?: string[]; beside?: Program[] },
): void {
  describe(title, () => {
    let ran: Ran;
    beforeAll(async () => {
      const [file, ...rest] = node(ranks, 'run-checks.ts', fileURLToPath(module)).command;
      ran = await runRanks([{ ranks, command: [file!, ...flags, ...rest] }, ...beside], options);
    });
    it.each(Object.keys(checks))('%s', (check) => {
      const lines = ran.stdout.split('\n').filter((line) => line.startsWith('{'));
      const told = lines.map((line) => JSON.parse(line) as { passed?: string; failed?: string; rank?: number; error?: string });
      const failures = told.filter(({ failed }) => failed === check).map(({ rank, error }) => `rank ${rank}: ${error}`);
      expect(failures).toEqual([]);
      expect(told.some(({ passed }) => passed === check) ? '' : `did not come so far: ${ran.stdout}${ran.stderr}`).toBe('');
    });
    it('leaves nothing behind', () => {
      expect(ran).toMatchObject({ code: 0, left: [] });
    });
  });
}
