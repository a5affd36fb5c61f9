import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { node, runRanks } from './ranks.ts';
import type { Ran } from './ranks.ts';

const run = promisify(execFile);

async function live(how: string): Promise<Ran & { lines: string[] }> {
  const ran = await runRanks([node(2, 'programs/life.ts', how)]);
  // Of both ranks, in no order.
  return {
    ...ran,
    lines: ran.stdout
      .split('\n')
      .filter((line) => line !== '')
      .sort(),
  };
}

describe('the beginning and the end of MPI in a process', () => {
  it('finalizes when the program ends by itself', async () => {
    expect(await live('end')).toMatchObject({ code: 0, lines: ['ends 0', 'ends 1'], left: [], stderr: '' });
  });

  it('finalizes when the program exits', async () => {
    expect(await live('exit')).toMatchObject({ code: 0, lines: ['exits 0', 'exits 1'], left: [], stderr: '' });
  });

  it('gives up what is under way when the program exits', async () => {
    expect(await live('waiting')).toMatchObject({ code: 0, left: [], stderr: '' });
  });

  it('refuses every call after finalize, in every thread', async () => {
    const { lines, ...rest } = await live('finalize');
    const after = 'MPI is finalized: nothing more can be sent or received. (MPI_ERR_OTHER)';
    const expected = [
      'finalized true, memory of 0',
      'recv: MPI was finalized before this had ended. (MPI_ERR_OTHER)',
      ...['send', 'barrier', 'wtime', 'flushAll'].map((operation) => `${operation}: ${after}`),
      'true',
      'initialize: MPI was finalized in this process, and can be started once only. (MPI_ERR_OTHER)',
    ];
    expect(lines).toEqual([...expected, ...expected].sort());
    expect(rest).toMatchObject({ code: 0, left: [] });
  });

  it('belongs to the thread that started it', async () => {
    const refused =
      'initialize: MPI belongs to another thread of this process, which started it: call it there. (MPI_ERR_OTHER)';
    expect(await live('thread')).toMatchObject({ code: 0, lines: [refused, refused, 'still 2', 'still 2'], left: [] });
  });

  it('works in a thread, and finalizes when that is terminated', async () => {
    expect(await live('in-thread')).toMatchObject({ code: 0, lines: ['sum 2', 'sum 2'], left: [] });
  });

  it('takes the other ranks along when one fails, after its error is printed', async () => {
    const { code, stderr, left } = await live('fail');
    expect(stderr).toMatch(/Error: Rank 1 has had enough[^]*MPI_ABORT/);
    expect({ code, left }).toEqual({ code: 1, left: [] });
  });

  it('ends all ranks on abort, with its code', async () => {
    expect(await live('abort')).toMatchObject({ code: 7, left: [] });
  });

  it('says how to start when nobody did', async () => {
    const program = join(import.meta.dirname, 'programs/life.ts');
    await expect(run(process.execPath, [program, 'end'])).rejects.toThrow(
      'initialize: This process was not started by mpiexec: run mpiexec -n 2 node program.ts. (MPI_ERR_OTHER)',
    );
  });
});
