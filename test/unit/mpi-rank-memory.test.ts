import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { haveMemoryFolder } from '../../src/mpi/launcher/rank-memory.ts';

const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const own = (): string[] => readdirSync(PLACE).filter((name) => name.startsWith(`kgot-mpi-rank-${process.pid}-`));

afterEach(() => {
  vi.unstubAllEnvs();
});

it('where the launcher’s folder is missing, a rank has one of its own, and removes what dead ranks left', () => {
  vi.stubEnv('KGOT_MPI_MEMORY', '/nowhere/kgot-mpi-1-1-a');
  // So that what is set is taken back.
  for (const name of ['btl_sm', 'osc_sm', 'osc_rdma']) vi.stubEnv(`OMPI_MCA_${name}_backing_directory`, '');
  const left = join(PLACE, 'kgot-mpi-rank-4194304-1');
  mkdirSync(left, { recursive: true });
  const remove = haveMemoryFolder();
  expect(existsSync(left)).toBe(false);
  expect(own()).toHaveLength(1);
  expect(process.env['OMPI_MCA_btl_sm_backing_directory']).toBe(join(PLACE, own()[0]!));
  remove();
  expect(own()).toEqual([]);
});

it('where it is there, the rank uses it', () => {
  vi.stubEnv('KGOT_MPI_MEMORY', PLACE);
  haveMemoryFolder()();
  expect(own()).toEqual([]);
  expect(process.env['OMPI_MCA_btl_sm_backing_directory'] ?? '').toBe('');
});
