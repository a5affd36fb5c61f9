import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { addSpending, collectSpending } from '../../src/cost/spending.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { ModelTurns } from '../../src/optimizer/worker/model-turns.ts';

const hosted = { provider: 'openai', name: 'gpt-4o-mini' };
const local = { provider: 'openai-compatible', name: 'qwen3', url: 'http://127.0.0.1:8011/v1' };

/** Calls that stay until they are let go, and how many were under way at once. */
class Calls {
  running = 0;
  most = 0;
  readonly #waiting: (() => void)[] = [];

  readonly call = async (): Promise<void> => {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.running -= 1;
  };

  letGo(): void {
    this.#waiting.shift()?.();
  }
}

const never = new AbortController().signal;

/** Until all that can start has started. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function mostAtOnce(turns: ModelTurns, model: typeof hosted, count: number): Promise<number> {
  const calls = new Calls();
  let left = count;
  const all = Array.from({ length: count }, () => turns.take(model, never, calls.call).then(() => (left -= 1)));
  while (left > 0) {
    await settled();
    calls.letGo();
  }
  await Promise.all(all);
  return calls.most;
}

describe('ModelTurns', () => {
  it.each([
    ['a hosted model', hosted, 16],
    ['a model on this host', local, 1],
    ['the oracle', { provider: 'oracle', name: 'x', url: 'http://127.0.0.1:9/v1' }, 64],
  ])('lets %s have so many calls at once and no more', async (_, model, limit) => {
    expect(await mostAtOnce(new ModelTurns({}), model, limit + 5)).toBe(limit);
  });

  it('keeps to KGOT_MODEL_CONCURRENCY instead where it is set', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '3' });
    expect(await mostAtOnce(turns, hosted, 10)).toBe(3);
    expect(await mostAtOnce(turns, local, 10)).toBe(3);
  });

  it.each(['0', '-1', '2.5', 'many', ' x'])('refuses a KGOT_MODEL_CONCURRENCY of %j', (value) => {
    expect(() => new ModelTurns({ KGOT_MODEL_CONCURRENCY: value })).toThrow(/give a whole number from 1/);
  });

  it('does not let one model wait for another', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '1' });
    const calls = new Calls();
    const stuck = turns.take(hosted, never, calls.call);
    expect(await turns.take({ ...hosted, name: 'another' }, never, async () => 'its turn')).toBe('its turn');
    calls.letGo();
    await stuck;
  });

  it('takes calls in the order in which they came', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '1' });
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map((number) => turns.take(hosted, never, async () => void order.push(number))));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('takes the calls of urgent runs first', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '1' });
    const order: number[] = [];
    const callOf = (priorityKey: number): Promise<void> =>
      new MockActivityEnvironment({ priority: { priorityKey } }).run(() =>
        turns.take(hosted, never, async () => void order.push(priorityKey)),
      );
    const calls = new Calls();
    const first = turns.take(hosted, never, calls.call);
    const later = [5, 3, 1, 4, 2].map(callOf);
    await settled();
    calls.letGo();
    await Promise.all([first, ...later]);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('lets a call that waits leave on abort, without its turn', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '1' });
    const calls = new Calls();
    const first = turns.take(hosted, never, calls.call);
    const abort = new AbortController();
    let made = false;
    const waiting = turns.take(hosted, abort.signal, async () => {
      made = true;
    });
    abort.abort(new Error('the run was cancelled'));
    await expect(waiting).rejects.toThrow('the run was cancelled');
    expect(calls.running).toBe(1);
    calls.letGo();
    await first;
    await expect(turns.take(hosted, never, async () => 'next')).resolves.toBe('next');
    expect(made).toBe(false);
  });

  it('goes on after a call that failed', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '1' });
    await expect(turns.take(hosted, never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(turns.take(hosted, never, async () => 'fine')).resolves.toBe('fine');
  });

  it('keeps the caller’s context for a call that waited: it spends for its own attempt', async () => {
    const turns = new ModelTurns({ KGOT_MODEL_CONCURRENCY: '1' });
    const zero = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, dollars: 0 };
    const attempts = ['first', 'second', 'third'].map((id) => {
      const entries: LedgerEntry[] = [];
      const done = collectSpending(entries, () =>
        turns.take(hosted, never, async () => {
          await settled();
          addSpending([{ id, kind: 'model', name: 'step', known: true, ...zero }]);
        }),
      );
      return { id, entries, done };
    });
    await Promise.all(attempts.map(({ done }) => done));
    for (const { id, entries } of attempts) expect(entries.map((entry) => entry.id)).toEqual([id]);
  });
});
