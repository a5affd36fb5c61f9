import { join } from 'node:path';
import { describeChecks } from './checks.ts';
import { checks } from './checks/mpi4py.ts';
import { findMpi4py } from './mpi4py.ts';
import { testMpi } from './ranks.ts';

const { python, env } = await findMpi4py(await testMpi());
const before = [{ ranks: 1, command: [python, join(import.meta.dirname, 'peer.py')] }];
const module = `${import.meta.dirname}/checks/mpi4py.ts`;
for (const ranks of [2, 5])
  describeChecks(`a rank of mpi4py beside ${ranks} of Node`, checks, module, { ranks, before, env });
