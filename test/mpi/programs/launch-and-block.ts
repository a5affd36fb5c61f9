/** Launches a job whose task blocks for ever: `launch-and-block.ts FILE`, which is there once it does. */
import { MpiDistributedProcessor } from '../../../src/mpi/index.ts';
import { many } from '../../jobs/fixtures/many.ts';

const tasks = [{ do: 'block' as const, file: process.argv[2]! }, { do: 'block' as const }];
await new MpiDistributedProcessor({ ranks: 2 }).run(many, { tasks });
