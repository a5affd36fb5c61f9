/** What each rank runs: `run-checks.ts MODULE`. It prints one line a check that failed on it, and one at the end. */
import { inspect } from 'node:util';
import { initialize } from '../../src/mpi/index.ts';
import type { Checks } from './checks.ts';

const [module = ''] = process.argv.slice(2);
const mpi = await initialize();
const { checks } = (await import(module)) as { checks: Checks };
for (const [title, check] of Object.entries(checks)) {
  // A rank that fails leaves others waiting for it.
  const timer = setTimeout(() => {
    tell(title, new Error('This took longer than 20 s.'));
    mpi.abort(3);
  }, 20_000);
  try {
    await check(mpi);
    await mpi.world.barrier();
  } catch (error) {
    tell(title, error);
    mpi.abort(2);
  } finally {
    clearTimeout(timer);
  }
  if (mpi.world.rank === 0) process.stdout.write(`${JSON.stringify({ passed: title })}\n`);
}

function tell(title: string, error: unknown): void {
  process.stdout.write(`${JSON.stringify({ failed: title, rank: mpi.world.rank, error: inspect(error) })}\n`);
}
