import { ApplicationFailure } from '@temporalio/activity';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import type { ToolContext, ToolOptions } from '../../src/tools/define-tool.ts';
import { ToolError } from '../../src/tools/tool-error.ts';
import { temporaryStore } from '../support/folders.ts';
import { callTool } from '../support/tool-call.ts';

type Options = ToolOptions<{ text: string }, string>;

let artifacts: ArtifactStore;
let clock: number;
let runs: number;
beforeEach(() => {
  artifacts = temporaryStore();
  clock = 1_000_000;
  runs = 0;
});

/** Calls a tool, each time in a run of its own. @returns the output's text */
function call(parts: Partial<Options> & Pick<Options, 'execute'>, text = 'a'): Promise<string> {
  const tool = defineTool({
    ...{ name: 'echo', description: 'd', input: z.object({ text: z.string() }), output: z.string() },
    ...parts,
  });
  return callTool(tool, { text }, { artifacts, run: `r${(runs += 1)}`, now: () => clock });
}

/** A tool that tells how often it was executed before. */
function counter(): Options['execute'] {
  let count = 0;
  return ({ text }) => `${text} ${(count += 1)}`;
}

describe('the cache of tool calls', () => {
  it('is off unless the tool asks for it', async () => {
    const execute = counter();
    expect([await call({ execute }), await call({ execute })]).toEqual(['a 1', 'a 2']);
  });

  it('answers an identical call of any run until it is too old', async () => {
    const tool = { execute: counter(), cacheSeconds: 60 };
    expect(await call(tool)).toBe('a 1');
    clock += 59_999;
    expect(await call(tool)).toBe('a 1');
    expect(await call(tool, 'b')).toBe('b 2');
    clock += 1;
    expect(await call(tool)).toBe('a 3');
    clock += 59_999;
    expect(await call(tool)).toBe('a 3');
  });

  it('keeps apart what is asked of other services, and for another time', async () => {
    const tool = { execute: counter(), cacheSeconds: 60, cacheKey: 'one' };
    expect(await call(tool)).toBe('a 1');
    expect(await call({ ...tool, cacheKey: 'two' })).toBe('a 2');
    expect(await call({ ...tool, cacheSeconds: 10 })).toBe('a 3');
    expect(await call(tool)).toBe('a 1');
  });

  it('does not remember a failure', async () => {
    let fail = true;
    const execute = (): string => {
      if (fail) throw new Error('no');
      return 'yes';
    };
    await expect(call({ execute, cacheSeconds: 60 })).rejects.toThrow('no');
    fail = false;
    expect(await call({ execute, cacheSeconds: 60 })).toBe('yes');
  });

  it('shares parts among calls, and an outcome is as old as the oldest part in it', async () => {
    let made = 0;
    const execute = async ({ text }: { text: string }, { remember }: ToolContext): Promise<string> =>
      `${text} of ${await remember('book', () => Promise.resolve((made += 1)))}`;
    const tool = { execute, cacheSeconds: 60 };
    expect(await call(tool, 'page 1')).toBe('page 1 of 1');
    clock += 50_000;
    expect(await call(tool, 'page 2')).toBe('page 2 of 1');
    clock += 9_999;
    expect(await call(tool, 'page 2')).toBe('page 2 of 1');
    clock += 1;
    expect(await call(tool, 'page 2')).toBe('page 2 of 2');
  });

  it('makes each part anew when it is off', async () => {
    let made = 0;
    const execute = async (_: unknown, { remember }: ToolContext): Promise<string> =>
      String(await remember('book', () => Promise.resolve((made += 1))));
    expect([await call({ execute }), await call({ execute })]).toEqual(['1', '2']);
  });
});

describe('a failure that a tool throws', () => {
  const failWith = async (error: Error, parts: Partial<Options> = {}): Promise<ApplicationFailure> => {
    const failing = call({ execute: () => Promise.reject(error), ...parts });
    return (await failing.catch((thrown: unknown) => thrown)) as ApplicationFailure;
  };

  it('says whether, and when, it is tried again', async () => {
    const retried = await failWith(new ToolError('busy', { type: 'RateLimited', retry: true, retryAfter: 1_500 }));
    expect(retried).toMatchObject({ type: 'RateLimited', message: 'busy', nonRetryable: false, nextRetryDelay: 1_500 });
    expect(await failWith(new ToolError('never'))).toMatchObject({ type: 'ToolFailed', nonRetryable: true });
    expect(await failWith(new Error('anything'))).not.toBeInstanceOf(ApplicationFailure);
  });

  it('costs nothing when the tool knows it, may have cost its price else', async () => {
    await failWith(new ToolError('refused', { free: true }), { price: 0.01 });
    await failWith(new ToolError('hung', { retry: true }), { price: 0.01 });
    await failWith(new ToolError('refused', { free: true }));
    expect(await readLedgerEntries(artifacts, 'r1')).toMatchObject([{ known: true, failed: true, dollars: 0 }]);
    expect(await readLedgerEntries(artifacts, 'r2')).toMatchObject([{ known: false, dollars: 0.01 }]);
    expect(await readLedgerEntries(artifacts, 'r3')).toEqual([]);
  });

  it('costs nothing when it is answered from the cache', async () => {
    const tool = { execute: counter(), cacheSeconds: 60, price: 0.01 };
    await call(tool);
    await call(tool);
    expect(await readLedgerEntries(artifacts, 'r1')).toMatchObject([{ known: true, dollars: 0.01 }]);
    expect(await readLedgerEntries(artifacts, 'r2')).toMatchObject([{ known: true, dollars: 0 }]);
  });
});
