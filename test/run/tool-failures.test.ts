import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunHandle } from '../../src/client/client.ts';
import { ROOT } from '../support/command.ts';
import { enhance, failureOf, oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
  await stack.runtime.startWorker('bad', [join(ROOT, 'test/support/bad-tools.ts')]);
});
afterAll(() => stack.close());

/** Plays a run that calls these tools, those of one round side by side, and waits for its end. */
async function callTools(...rounds: string[][]): Promise<RunHandle> {
  stack.play({
    ...oneFact,
    decideNextStep: () => enhance('anything'),
    chooseTools: ({ earlier }) => ({ calls: rounds[earlier]!.map((tool) => ({ tool, input: { turn: earlier } })) }),
  });
  const options = { votes: 1, rounds: rounds.length, toolQueues: ['kgot-tools', 'bad'] };
  const handle = await stack.start({ ...peru, options });
  await handle.result();
  return handle;
}

/** What the model was shown of the outputs, by the call. */
const shown = (): Record<string, string> =>
  Object.fromEntries(
    stack.model.requests
      .filter(({ step }) => step === 'extractChanges')
      .map(({ prompt }) => /^Output of (\w+)\(.*\n-{10}\n([\s\S]*?)\n?-{10}/m.exec(prompt)!.slice(1)),
  );

describe('a tool that fails', { timeout: 120_000 }, () => {
  it('is told to the next vote, with what it said, and costs the others nothing', async () => {
    const handle = await callTools(['throws', 'throws_nothing', 'throws_long', 'hangs', 'tells_process']);
    const { notes, tools } = await handle.progress();
    expect(notes).toContain('throws({"turn":0}) failed: the service is down');
    expect(notes).toContain(
      'throws_nothing({"turn":0}) failed: undefined was thrown: throw an Error that says what is wrong.',
    );
    expect(notes.find((note) => note.startsWith('throws_long'))).toMatch(/failed: x+ … \[\d+ characters left out\]$/);
    expect(notes).toContain('hangs({"turn":0}) failed: hangs took longer than 1 seconds.');
    expect(tools.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed', 'done']);
  });

  it('by what it gives, is told so too', async () => {
    const handle = await callTools(['gives_50_mb', 'gives_many', 'gives_circle', 'gives_function', 'gives_wrong_type']);
    const { notes } = await handle.progress();
    const misfit = (tool: string): string => `${tool}({"turn":0}) failed: ${tool} gave an output that does not fit: `;
    expect(notes).toContain(`${misfit('gives_50_mb')}it has more than 5000000 characters: give it in pages`);
    expect(notes).toContain(`${misfit('gives_many')}it has more than 5000000 characters: give it in pages`);
    expect(notes).toContain(`${misfit('gives_circle')}.again refers to what it is within: give plain data`);
    expect(notes).toContain(`${misfit('gives_function')}.next is a function: give plain data`);
    expect(notes).toContain(`${misfit('gives_wrong_type')}✖ Invalid input: expected string, received number → at text`);
  });
});

it('a tool that ignores its signal is left behind when its run is cancelled', { timeout: 120_000 }, async () => {
  stack.play({
    decideNextStep: () => enhance('anything'),
    chooseTools: () => ({ calls: [{ tool: 'ignores_signal', input: { turn: 0 } }] }),
  });
  const handle = await stack.start({ ...peru, options: { votes: 1, toolQueues: ['kgot-tools', 'bad'] } });
  await vi.waitFor(async () => {
    const { raw } = await handle.workflow.describe();
    expect(raw.pendingActivities?.map(({ activityType }) => activityType?.name)).toEqual(['tool.ignores_signal']);
  }, 30_000);
  await handle.cancel();
  await failureOf(handle);
  expect((await handle.workflow.describe()).status.name).toBe('CANCELLED');
  expect(await handle.ledger()).toMatchObject({ unknown: 0 });
  await callTools(['tells_process']);
});

it('what a tool gives is written as text, whatever its type', { timeout: 120_000 }, async () => {
  await callTools(['gives_nothing', 'gives_bigint', 'gives_date']);
  expect(shown()).toEqual({
    gives_nothing: '',
    gives_bigint: 'count: 100000000000000000000',
    gives_date: 'founded: 1970-01-01T00:00:00.000Z',
  });
});

describe('a tool that harms its process', { timeout: 120_000 }, () => {
  const log = (): string => readFileSync(join(stack.runtime.dataDirectory, 'worker.log'), 'utf8');

  it('by an error behind its back does not end it', async () => {
    await callTools(['tells_process']);
    const before = shown()['tells_process'];
    await callTools(['rejects_later', 'throws_later'], ['tells_process']);
    expect(shown()).toMatchObject({ rejects_later: 'fine', throws_later: 'fine', tells_process: before });
    expect(log()).toMatch(/left behind by a tool: Error: rejected behind its back/);
    expect(log()).toMatch(/left behind by a tool: Error: thrown behind its back/);
  });

  it.each([
    ['exits', 'its worker died (exit code 3)', /./],
    [
      'spins',
      'its worker died, or was blocked: no sign of life for 4 seconds',
      /The worker \d+ was blocked for 5 seconds while tool\.spins was under way, and is ended\. A tool must/,
    ],
  ])('as one that %s, fails alone: its worker is started again, and serves the next call', async (tool, why, said) => {
    const handle = await callTools([tool], ['tells_process']);
    const { notes, tools } = await handle.progress();
    expect(notes).toContain(`${tool}({"turn":0}) failed: ${why}`);
    expect(tools.map(({ state }) => state)).toEqual(['failed', 'done']);
    expect(log()).toMatch(said);
  });
});
