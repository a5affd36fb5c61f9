import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  callFolders,
  recordedCall,
  readCostEntries,
  readLedgerEntries,
  NothingSpentError,
} from '../../src/cost/call-records.ts';
import type { CallRequest, CallResponse, EarlierAttempts } from '../../src/cost/call-records.ts';
import { addSpending, collectSpending } from '../../src/cost/spending.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { temporaryStore } from '../support/folders.ts';

const KEY = { round: 1, step: 'model.decideNextStep', sample: '0', ask: 0 };
const ENTRY_ID = '001.model.decideNextStep.0.0/1';

function request(parts: Partial<CallRequest> = {}): CallRequest {
  const reservation = { tokens: 2_000, dollars: 0.25 };
  return { kind: 'model', name: 'decideNextStep', model: 'openai:x', body: { prompt: 'p' }, reservation, ...parts };
}

function answer(value: string, dollars: number | null = 0.01): CallResponse<string> {
  return { value, inputTokens: 100, cachedInputTokens: 40, outputTokens: 10, dollars };
}

let store: ArtifactStore;
beforeEach(() => {
  store = temporaryStore();
});

/** One attempt of the call, and what it entered into the ledger. */
async function attempt(
  perform: (earlier: EarlierAttempts) => Promise<CallResponse<string>>,
  { key = KEY, ...parts }: Partial<CallRequest> & { key?: typeof KEY } = {},
): Promise<{ value?: string; error?: Error; spent: LedgerEntry[] }> {
  const spent: LedgerEntry[] = [];
  try {
    const value = await collectSpending(spent, () => recordedCall(store, 'r', key, request(parts), perform));
    return { value, spent };
  } catch (error) {
    return { error: error as Error, spent };
  }
}

const disconnected = () => Promise.reject(new Error('disconnected'));
const httpError = () => Promise.reject(new NothingSpentError(new Error('status 500'), { sent: true }));
const notSent = () => Promise.reject(new NothingSpentError(new Error('refused'), { sent: false }));

describe('recordedCall', () => {
  it('writes down when a request began and ended', async () => {
    const before = Date.now();
    await attempt(async () => answer('yes'));
    const [entry] = await readCostEntries(store, 'r', 'a run');
    expect(entry).toMatchObject({ run: 'a run', name: 'decideNextStep', dollars: 0.01 });
    const [startedAt, endedAt] = [Date.parse(entry!.startedAt!), Date.parse(entry!.endedAt!)];
    expect(startedAt).toBeGreaterThanOrEqual(before);
    expect(endedAt).toBeGreaterThanOrEqual(startedAt);
    expect(await callFolders(store)).toEqual(['r']);
  });

  it('writes the request down before it is sent, and the answer before it is used', async () => {
    const { value, spent } = await attempt(async () => {
      expect(await store.list('runs/r/calls')).toEqual([`runs/r/calls/${ENTRY_ID}.request`]);
      return answer('yes');
    });
    expect(value).toBe('yes');
    const record = JSON.parse((await store.read(`runs/r/calls/${ENTRY_ID}.response`))!.toString()) as unknown;
    expect(record).toMatchObject({ kind: 'answer', value: 'yes', inputTokens: 100 });
    expect(spent).toEqual([
      {
        ...{ id: ENTRY_ID, kind: 'model', name: 'decideNextStep', model: 'openai:x', known: true },
        ...{ inputTokens: 100, cachedInputTokens: 40, outputTokens: 10, dollars: 0.01 },
      },
    ]);
  });

  it('does not pay again for an answer that an earlier attempt wrote down', async () => {
    const first = await attempt(async () => answer('yes'));
    const perform = vi.fn(async () => answer('no'));
    const second = await attempt(perform);
    expect(perform).not.toHaveBeenCalled();
    expect(second).toEqual(first);
  });

  it('does not use the answer to another request', async () => {
    await attempt(async () => answer('to the first prompt'));
    const { value, spent } = await attempt(async () => answer('to the second'), { body: { prompt: 'other' } });
    expect(value).toBe('to the second');
    expect(sumEntries(spent)).toMatchObject({ calls: 2, dollars: 0.02 });
  });

  it('takes requests for the same whatever the order of their members', async () => {
    await attempt(async () => answer('yes'), { body: { a: 1, b: { c: 2, d: 3 } } });
    expect((await attempt(disconnected, { body: { b: { d: 3, c: 2 }, a: 1 } })).value).toBe('yes');
  });

  it('enters an HTTP error as known to cost nothing, and fails with what perform failed with', async () => {
    const { error, spent } = await attempt(httpError);
    expect(error!.message).toBe('status 500');
    expect(error).not.toBeInstanceOf(NothingSpentError);
    expect(spent).toMatchObject([{ known: true, failed: true, inputTokens: 0, outputTokens: 0, dollars: 0 }]);
  });

  it('enters a request without an answer as unknown, with what was reserved for it', async () => {
    const { error, spent } = await attempt(disconnected);
    expect(error!.message).toBe('disconnected');
    expect(spent).toMatchObject([{ known: false, inputTokens: 2_000, outputTokens: 0, dollars: 0.25 }]);
  });

  it('enters an answer that does not say what it took as unknown too, and uses it', async () => {
    const untold = async () => ({ ...answer('yes', 0), inputTokens: 0, outputTokens: 0, usageUnknown: true as const });
    const first = await attempt(untold);
    const again = await attempt(untold);
    for (const { value, spent } of [first, again]) {
      expect(value).toBe('yes');
      expect(spent).toMatchObject([{ id: ENTRY_ID, known: false, inputTokens: 2_000, dollars: 0.25 }]);
    }
  });

  it('enters nothing for a request that was never sent', async () => {
    expect((await attempt(notSent)).spent).toEqual([]);
    expect(await readLedgerEntries(store, 'r')).toEqual([]);
  });

  it('tells each attempt what the ones before it left', async () => {
    const seen: EarlierAttempts[] = [];
    const watching = (next: () => Promise<CallResponse<string>>) => (earlier: EarlierAttempts) => {
      seen.push(earlier);
      return next();
    };
    for (const next of [disconnected, httpError, notSent, async () => answer('yes')]) await attempt(watching(next));
    expect(seen).toEqual([
      { sent: 0, unanswered: 0 },
      { sent: 1, unanswered: 1 },
      { sent: 2, unanswered: 1, lastError: 'status 500' },
      { sent: 2, unanswered: 1, lastError: 'refused' },
    ]);
  });

  it('tells of many attempts the error of the newest', async () => {
    for (let number = 1; number <= 11; number += 1) {
      const failure = new NothingSpentError(new Error(`status ${500 + number}`), { sent: true });
      await attempt(() => Promise.reject(failure));
    }
    let last: string | undefined;
    await attempt(async ({ lastError }) => {
      last = lastError;
      return answer('yes');
    });
    expect(last).toBe('status 511');
  });

  it('enters what earlier attempts left again, so that an attempt after a killed worker carries it', async () => {
    await attempt(disconnected);
    const { spent } = await attempt(async () => answer('yes'));
    expect(sumEntries(spent)).toMatchObject({ calls: 1, unknown: 1, unknownTokens: 2_000, inputTokens: 100 });
  });

  it('writes nothing when no other request may be sent, and still enters what was', async () => {
    await attempt(disconnected);
    const spent: LedgerEntry[] = [];
    const perform = vi.fn(async () => answer('yes'));
    const call = (): Promise<string> =>
      recordedCall(store, 'r', KEY, request(), perform, {
        mayStart: ({ unanswered }) => {
          throw new Error(`gave up after ${unanswered}`);
        },
      });
    await expect(collectSpending(spent, call)).rejects.toThrow('gave up after 1');
    expect(perform).not.toHaveBeenCalled();
    expect(await store.list('runs/r/calls')).toHaveLength(1);
    expect(sumEntries(spent)).toMatchObject({ unknown: 1 });
  });

  it('keeps attempts apart that are made at once', async () => {
    const all = Promise.withResolvers<void>();
    let begun = 0;
    const perform = (value: string) => async (): Promise<CallResponse<string>> => {
      if (++begun === 4) all.resolve();
      await all.promise;
      return answer(value);
    };
    const attempts = await Promise.all(['a', 'b', 'c', 'd'].map((value) => attempt(perform(value))));
    expect(attempts.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd']);
    expect(sumEntries(await readLedgerEntries(store, 'r'))).toMatchObject({ calls: 4 });
  });

  it('keeps an unknown price unknown', async () => {
    await attempt(async () => answer('yes', null));
    expect(sumEntries(await readLedgerEntries(store, 'r'))).toMatchObject({ unpriced: 1, dollars: 0 });
  });
});

describe('readLedgerEntries', () => {
  it('gives from the records what the attempts together reported', async () => {
    const reported: LedgerEntry[] = [];
    const work: (() => Promise<CallResponse<string>>)[] = [disconnected, httpError, notSent, async () => answer('yes')];
    for (let index = 0; index < 80; index += 1) {
      const key = { ...KEY, round: index % 4, sample: String(index % 5) };
      reported.push(...(await attempt(work[(index * 7 + (index >> 4)) % 4]!, { key })).spent);
    }
    expect(sumEntries(await readLedgerEntries(store, 'r'))).toEqual(sumEntries(reported));
  });

  it('knows nothing of another run', async () => {
    await attempt(async () => answer('yes'));
    expect(await readLedgerEntries(store, 'another')).toEqual([]);
  });
});

describe('collectSpending', () => {
  it('keeps the spending of work side by side apart, and nothing outside of it', async () => {
    const lists: LedgerEntry[][] = [[], []];
    const [entry] = (await attempt(async () => answer('x'))).spent;
    await Promise.all(
      lists.map((list, index) =>
        collectSpending(list, async () => {
          await Promise.resolve();
          addSpending([{ ...entry!, id: String(index) }]);
        }),
      ),
    );
    expect(lists.map((list) => list.map(({ id }) => id))).toEqual([['0'], ['1']]);
    expect(() => addSpending([entry!])).not.toThrow();
  });
});
