import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kgot, ROOT } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { testMpi } from './ranks.ts';

it('the program of docs/mpi.md runs as the page says, in twenty lines', async () => {
  await testMpi();
  const page = readFileSync(join(ROOT, 'docs/mpi.md'), 'utf8');
  const program = /```ts\n([^]*?)```/.exec(page)![1]!;
  expect(program.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20);
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'kgot-temporal'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const file = join(folder, 'pi.ts');
  writeFileSync(file, program);
  const [, ranks] = /npx kgot mpiexec -n (\d) node pi\.ts/.exec(page)!;
  const command = kgot(['mpiexec', '-n', ranks!, process.execPath, file], { folder });
  expect({ ended: await command.ended, stderr: command.stderr }).toEqual({ ended: 0, stderr: '' });
  expect(command.stdout).toBe(`π is 3.1415926536, by ${ranks} ranks.\n`);
});

it('kgot mpiexec ends as the ranks end, and says what is missing', async () => {
  await testMpi();
  const folder = temporaryFolder();
  const failing = kgot(['mpiexec', '--fault-tolerant', '-n', '1', process.execPath, '-e', 'process.exit(3)'], {
    folder,
  });
  expect(await failing.ended).toBe(3);
  const lacking = kgot(['mpiexec', '-n', '1', 'true'], { folder, env: { KGOT_MPIEXEC: '/nowhere/mpiexec' } });
  expect(await lacking.ended).toBe(1);
  expect(lacking.stderr).toContain('name the mpiexec of an Open MPI from 5.');
});
