import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enhance, oneFact, openStack, peru, solve } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { readCostEntries, readToolCalls } from '../../src/cost/call-records.ts';

/** A tool queue whose one worker makes one call at a time, and one that lets two calls begin in a second. */
let stack: Stack;
let data: string;
const FILE = fileURLToPath(new URL('../support/pausing-tool.ts', import.meta.url));
const ONE_AT_A_TIME = 'one-at-a-time';
const TWO_A_SECOND = 'two-a-second';

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kgot-queues-'));
  process.env['KGOT_QUEUE_RATES'] = `${TWO_A_SECOND}=2`;
  process.env['KGOT_TOOL_CONCURRENCY'] = '1';
  stack = await openStack(data);
  await stack.runtime.startWorker(ONE_AT_A_TIME, [FILE]);
  process.env['KGOT_TOOL_CONCURRENCY'] = '50';
  await stack.runtime.startWorker(TWO_A_SECOND, [FILE]);
});
afterAll(async () => {
  delete process.env['KGOT_QUEUE_RATES'];
  delete process.env['KGOT_TOOL_CONCURRENCY'];
  await stack.close();
  await rm(data, { recursive: true, force: true });
});

/** A run that makes so many tool calls in its first round. The question says how many. */
function playCalls(): void {
  stack.play({
    ...oneFact,
    decideNextStep: ({ prompt }) => (prompt.includes('LEADS') ? solve() : enhance('Who leads Peru?')),
    chooseTools: ({ prompt }) => {
      const [, name, count] = /run (\w+) of (\d)/.exec(prompt)!;
      return {
        calls: Array.from({ length: Number(count) }, (_, index) => ({
          tool: 'pause',
          input: { of: `${name} ${index}` },
        })),
      };
    },
  });
}

const start = (name: string, count: number, queue: string, priority?: number) =>
  stack.start({
    ...peru,
    question: `Who leads Peru, asks run ${name} of ${count}?`,
    options: { toolQueues: [queue], votes: 1, ...(priority === undefined ? {} : { priority }) },
  });

/** When each call of a run began, in milliseconds. */
async function beginnings(run: string): Promise<number[]> {
  const entries = await readCostEntries(stack.artifacts, run);
  return entries
    .filter(({ kind }) => kind === 'tool')
    .map(({ startedAt }) => Date.parse(startedAt!))
    .sort((a, b) => a - b);
}

describe('a task queue that is busy', () => {
  it('lets runs take turns, and urgent ones come first', async () => {
    playCalls();
    const many = await start('many', 6, ONE_AT_A_TIME);
    // The queue is full of its calls before another run asks for any. To be asked which tools there are, others wait there too.
    await waitForCalls(many.id, 6);
    const few = await start('few', 1, ONE_AT_A_TIME);
    await waitForCalls(few.id, 1);
    const urgent = await start('urgent', 1, ONE_AT_A_TIME, 10);
    const results = await Promise.all([many, few, urgent].map((run) => run.result()));
    expect(results.map(({ answer }) => answer)).toEqual(['Ada Vega', 'Ada Vega', 'Ada Vega']);
    const [ofMany, ofFew, ofUrgent] = await Promise.all(results.map(({ graph }) => beginnings(graph.run)));
    expect(ofMany).toHaveLength(6);
    // One call at a time, and not those of the first run before all others.
    expect(ofFew![0]).toBeLessThan(ofMany!.at(-1)!);
    expect(ofUrgent![0]).toBeLessThan(ofMany!.at(-1)!);
    expect((await readToolCalls(stack.artifacts, results[0]!.graph.run)).length).toBe(6);
  });

  it('keeps its rate over all calls', async () => {
    playCalls();
    const runs = await Promise.all(['a', 'b'].map((name) => start(name, 5, TWO_A_SECOND)));
    const results = await Promise.all(runs.map((run) => run.result()));
    const began = (await Promise.all(results.map(({ graph }) => beginnings(graph.run)))).flat().sort((a, b) => a - b);
    expect(began).toHaveLength(10);
    // Two may begin at once; the other eight take four seconds.
    expect(began.at(-1)! - began[0]!).toBeGreaterThan(3_000);
  });
});

/** Until a run has so many tool calls under way or waiting. */
async function waitForCalls(id: string, count: number): Promise<void> {
  const handle = stack.runtime.client.workflow.getHandle(id);
  for (;;) {
    const { pendingActivities } = (await handle.describe()).raw;
    if ((pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'tool.pause').length >= count)
      return;
  }
}
