/** What each rank runs: `run-checks.ts MODULE FOLDER`. It writes a line a check into a file of its own there, or prints it. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { initialize } from '../../src/mpi/index.ts';
import type { Checks } from './checks.ts';

const [module = '', folder] = process.argv.slice(2);
const mpi = await initialize();
const { checks } = (await import(module)) as { checks: Checks };
for (const [title, check] of Object.entries(checks)) {
  // A rank that fails leaves others waiting for it.
  const timer = setTimeout(() => {
    tell({ failed: title, error: 'This took longer than 45 s.' });
    mpi.abort(3);
  }, 45_000);
  try {
    await check(mpi);
    await mpi.world.barrier();
  } catch (error) {
    tell({ failed: title, error: inspect(error) });
    mpi.abort(2);
  } finally {
    clearTimeout(timer);
  }
  tell({ passed: title });
}

function tell(line: object): void {
  const text = `${JSON.stringify({ rank: mpi.world.rank, ...line })}\n`;
  if (folder === undefined) process.stdout.write(text);
  else appendFileSync(join(folder, `${mpi.world.rank}.jsonl`), text);
}
