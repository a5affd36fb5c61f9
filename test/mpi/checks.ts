import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Mpi } from '../../src/mpi/index.ts';
import { node, runRanks } from './ranks.ts';
import type { Program, Ran, RanksOptions } from './ranks.ts';

/** What all ranks of a job do together, by what it shows. A check must end on every rank, and throws where it fails. */
export type Checks = Record<string, (mpi: Mpi) => Promise<void> | void>;

export interface ChecksOptions extends RanksOptions {
  ranks: number;
  /** Flags of Node. */
  flags?: string[];
  /** Programs of the same job whose ranks come first. */
  before?: Program[];
}

interface Told {
  rank: number;
  passed?: string;
  failed?: string;
  error?: string;
}

/**
 * Runs the checks of a module on ranks, in one job, and tells each as a test.
 *
 * @param module the same, by its file
 */
export function describeChecks(
  title: string,
  checks: Checks,
  module: string,
  { ranks, flags = [], before = [], ...options }: ChecksOptions,
): void {
  describe(title, () => {
    let ran: Ran;
    let told: Told[];
    beforeAll(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kgot-checks-'));
      try {
        const [file, ...rest] = node(ranks, 'run-checks.ts', module, folder).command;
        ran = await runRanks([...before, { ranks, command: [file!, ...flags, ...rest] }], { seconds: 150, ...options });
        const lines = readdirSync(folder).flatMap((name) =>
          readFileSync(join(folder, name), 'utf8').trim().split('\n'),
        );
        told = lines.map((line) => JSON.parse(line) as Told);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
    it.each(Object.keys(checks))('%s', (check) => {
      const failures = told.filter(({ failed }) => failed === check);
      expect(failures.map(({ rank, error }) => `rank ${rank}: ${error}`)).toEqual([]);
      const passed = told.filter((line) => line.passed === check).length;
      expect(passed === ranks ? '' : `only ${passed} of ${ranks} ranks came so far: ${ran.stdout}${ran.stderr}`).toBe(
        '',
      );
    });
    it('leaves nothing behind', () => {
      expect(ran).toMatchObject({ code: 0, left: [] });
    });
  });
}
