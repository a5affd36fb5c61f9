import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOrFollow } from '../../cli/start-or-follow.ts';
import { runHandle } from '../../src/client/client.ts';
import { failureOf, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

it('of many that ask the same at the same moment one starts a run, time and again', { timeout: 120_000 }, async () => {
  stack.play({ decideNextStep: () => 'hang' });
  const input = { ...peru, options: { models: stack.model.models, votes: 1 } };
  const ids: string[] = [];
  for (let time = 1; time <= 3; time += 1) {
    const runs = await Promise.all(Array.from({ length: 8 }, () => startOrFollow(stack.runtime, input)));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(runs.filter(({ goesOn }) => !goesOn)).toHaveLength(1);
    const handle = runHandle(stack.runtime.client, runs[0]!.id);
    await handle.cancel();
    await failureOf(handle);
    ids.push(handle.id);
  }
  expect(new Set(ids).size).toBe(ids.length);
});
