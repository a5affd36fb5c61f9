import { WorkflowUpdateFailedError } from '@temporalio/client';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunHandle } from '../../src/client/client.ts';
import type { RunOptions } from '../../src/domain/run.ts';
import { MOST_HINTS } from '../../src/domain/updates.ts';
import type { WaitingCall } from '../../src/domain/updates.ts';
import { enhance, oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
const notes = join(folder, 'notes.jsonl');
const posted = (): { text: string }[] =>
  existsSync(notes)
    ? readFileSync(notes, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { text: string })
    : [];

/** Requests that the webhook got. */
const reminders: { workflowId: string; reminder: number; call: WaitingCall }[] = [];
const webhook = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => {
    reminders.push(JSON.parse(body) as (typeof reminders)[number]);
    response.end();
  });
});

let stack: Stack;
beforeAll(async () => {
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  process.env['KGOT_APPROVAL_WEBHOOK'] = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
  process.env['KGOT_TEST_NOTES'] = notes;
  stack = await openStack();
  await stack.runtime.startWorker('notes', [fileURLToPath(new URL('../../bench/post-note-tool.ts', import.meta.url))]);
});
afterAll(async () => {
  await stack.close();
  webhook.close();
  delete process.env['KGOT_APPROVAL_WEBHOOK'];
  rmSync(folder, { recursive: true });
});
beforeEach(() => rmSync(notes, { force: true }));

const post = (text: string): object => ({ calls: [{ tool: 'post_note', input: { text } }] });

function start(options: RunOptions = {}): Promise<RunHandle> {
  return stack.start({ ...peru, options: { votes: 1, toolQueues: ['kgot-tools', 'notes'], ...options } });
}

async function untilWaiting(run: RunHandle): Promise<WaitingCall> {
  return vi.waitFor(async () => {
    const [call] = (await run.progress()).waiting;
    if (call === undefined) throw new Error('No call waits.');
    return call;
  }, 20_000);
}

async function refusal(update: Promise<unknown>): Promise<string> {
  const error: unknown = await update.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowUpdateFailedError))
    throw new Error(`It was taken, or failed otherwise: ${String(error)}`);
  return error.cause?.message ?? '';
}

describe('a call of a tool with side effects', () => {
  it('waits for a person, is told of, and is made once when approved', async () => {
    stack.play({ ...oneFact, chooseTools: () => post('hello') });
    const run = await start();
    const call = await untilWaiting(run);
    expect(call).toMatchObject({ id: '1.0', tool: 'post_note', input: { text: 'hello' } });
    expect(posted()).toEqual([]);
    const { typedSearchAttributes } = await run.workflow.describe();
    const status = typedSearchAttributes.getAll().find(({ key }) => key.name === 'KgotStatus');
    expect(status?.value).toBe('waiting');
    await vi.waitFor(() =>
      expect(reminders.find(({ workflowId }) => workflowId === run.id)).toMatchObject({ call, reminder: 0 }),
    );

    expect(await run.approveToolCall(call.id)).toEqual(call);
    const result = await run.result();
    expect(posted()).toMatchObject([{ text: 'hello' }]);
    expect(result.evidence[0]!.source).toBe('round 1: post_note({"text":"hello"})');
    expect((await run.progress()).waiting).toEqual([]);
  });

  it('is never made when rejected, nor asked for again, and the model is told why', async () => {
    stack.play({ ...oneFact, decideNextStep: () => enhance('Who leads Peru?'), chooseTools: () => post('rude') });
    const run = await start({ rounds: 3 });
    const { id } = await untilWaiting(run);
    await run.rejectToolCall(id, 'too rude');
    await run.result();
    expect(posted()).toEqual([]);
    const { notes: told } = await run.progress();
    expect(told).toContainEqual('post_note({"text":"rude"}) must not be made: too rude.');
    const shown = stack.model.requests.filter(({ step }) => step === 'decideNextStep').at(-1)!;
    expect(shown.prompt).toContain('must not be made: too rude');
  });

  it('counts as rejected when nobody decides in time, and is reminded of meanwhile', async () => {
    stack.play({ ...oneFact, decideNextStep: () => enhance('Who leads Peru?'), chooseTools: () => post('late') });
    const run = await start({ rounds: 1, approval: { timeoutSeconds: 3, reminderSeconds: 1 } });
    await run.result();
    expect(posted()).toEqual([]);
    expect((await run.progress()).notes.join()).toContain('nobody approved it within 3 seconds');
    const numbers = reminders.filter(({ workflowId }) => workflowId === run.id).map(({ reminder }) => reminder);
    expect(numbers.sort()).toEqual([0, 1, 2]);
  });

  it('does not keep a run from being cancelled', async () => {
    stack.play({ ...oneFact, chooseTools: () => post('never') });
    const run = await start();
    await untilWaiting(run);
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
    expect(posted()).toEqual([]);
  });

  it('is decided on once, and only when it waits', async () => {
    stack.play({ ...oneFact, chooseTools: () => post('one of two') });
    const run = await start();
    const { id } = await untilWaiting(run);
    expect(await refusal(run.approveToolCall('9.9'))).toBe(
      'No tool call "9.9" waits for a decision; there is 1.0 (post_note).',
    );
    const [first, second] = await Promise.allSettled([run.approveToolCall(id), run.rejectToolCall(id)]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    await run.result();
    expect(posted()).toHaveLength(first.status === 'fulfilled' ? 1 : 0);
  });
});

describe('a hint', () => {
  it('is shown by every later prompt of the loop', async () => {
    stack.play({ ...oneFact, chooseTools: () => post('wait for the hint') });
    const run = await start();
    const { id } = await untilWaiting(run);
    expect(await run.addHint(' Her name is short. ')).toEqual({ hints: 1 });
    await run.approveToolCall(id);
    await run.result();
    const hinted = stack.model.requests.filter(({ prompt }) => prompt.includes('- Her name is short.\n'));
    expect(new Set(hinted.map(({ step }) => step))).toEqual(
      new Set(['extractChanges', 'decideNextStep', 'writeQuery', 'parseAnswer']),
    );
    expect(stack.model.requests[0]!.prompt).not.toContain('Hints');
    expect((await run.progress()).hints).toEqual(['Her name is short.']);
  });

  it('is refused with a reason when it is empty, too long or one too many, and when the run has ended', async () => {
    stack.play({ ...oneFact, chooseTools: () => post('x') });
    const run = await start();
    await untilWaiting(run);
    expect(await refusal(run.addHint(' '))).toMatch(/empty/);
    expect(await refusal(run.addHint('x'.repeat(1_001)))).toMatch(/1001 characters, the most is 1000/);
    for (let number = 1; number <= MOST_HINTS; number += 1) await run.addHint(`hint ${number}`);
    expect(await refusal(run.addHint('one more'))).toBe('The run has 20 hints, and takes no more.');
    await run.cancel();
    await run.result().catch(() => undefined);
    await expect(run.addHint('late')).rejects.toThrow();
  });
});

describe('a budget', () => {
  it('that is raised lets the run go on where it would have ended', async () => {
    const script = { ...oneFact, decideNextStep: () => enhance('Who leads Peru?'), chooseTools: () => post('spend') };
    stack.play(script);
    const options = { rounds: 10, budget: { tokens: 7_000 } };
    const kept = await start(options);
    await kept.approveToolCall((await untilWaiting(kept)).id);
    expect((await kept.result()).endReason).toBe('out-of-budget');

    stack.play(script);
    const raised = await start(options);
    const { id } = await untilWaiting(raised);
    expect(await refusal(raised.raiseBudget({ tokens: 6_000 }))).toMatch(/budget is 7000 tokens, and 6000 is not more/);
    expect(await refusal(raised.raiseBudget({ dollars: 1 }))).toMatch(/no limit in dollars/);
    expect(await raised.raiseBudget({ tokens: 50_000 })).toEqual({ tokens: 50_000 });
    await raised.approveToolCall(id);
    expect((await raised.result()).endReason).toBe('forced');
  });
});
