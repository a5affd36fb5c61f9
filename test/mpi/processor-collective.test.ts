import { afterEach, expect, test } from 'vitest';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { openFolder, rejection } from '../jobs/support/schedulers.ts';
import { leftoversOfOurs } from './leftovers.ts';
import { collective } from './programs/collective-job.ts';

afterEach(async () => expect(await leftoversOfOurs()).toEqual([]));

test('a program on all ranks gives what rank 0 gives, and begins again where one dies', async () => {
  const at = openFolder();
  const processor = new MpiDistributedProcessor({ ranks: 3 });
  const { output, metrics } = await processor.run(collective, { add: 10, diesUnless: at('died') });
  expect(output).toEqual({ sum: 33, most: 2, ranks: 3, host: ['rank 0', 'rank 1', 'rank 2'] });
  expect(metrics).toMatchObject({ launches: 2, replaced: 1 });
});

test('a program that throws fails with what it threw', async () => {
  const error = await rejection(new MpiDistributedProcessor({ ranks: 2 }).run(collective, { add: 1, throws: true }));
  expect(error.name).toBe('JobStepFailed');
  expect(error.message).toBe('main of job collective threw: not today.');
});
