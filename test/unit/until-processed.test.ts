import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { untilProcessed } from '../../src/client/until-processed.ts';

const rejected = (type: string): WorkflowUpdateFailedError =>
  new WorkflowUpdateFailedError('Workflow Update failed', ApplicationFailure.nonRetryable('it says why', type));

it('sends an update again that no worker has taken up', async () => {
  let calls = 0;
  const update = (): Promise<string> => {
    calls += 1;
    return calls < 3 ? Promise.reject(rejected('UnprocessedUpdate')) : Promise.resolve('done');
  };
  expect(await untilProcessed(update)).toBe('done');
  expect(calls).toBe(3);
});

it('takes a no of the workflow for one', async () => {
  let calls = 0;
  const update = (): Promise<never> => {
    calls += 1;
    return Promise.reject(rejected('BudgetRefused'));
  };
  await expect(untilProcessed(update)).rejects.toMatchObject({ cause: { type: 'BudgetRefused' } });
  expect(calls).toBe(1);
});
