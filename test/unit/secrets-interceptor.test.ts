import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { secretsInterceptor } from '../../activities/secrets-interceptor.ts';

const SECRET = 'sk-canary-1234';
beforeEach(() => vi.stubEnv('A_KEY', SECRET));
afterEach(() => vi.unstubAllEnvs());

/** What an activity fails with, when its function throws this. */
async function thrownFor(error: unknown): Promise<Error & Record<string, unknown>> {
  const input = { args: [], headers: {} };
  return secretsInterceptor.execute!(input, () => Promise.reject(error as Error)).then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown as Error & Record<string, unknown>,
  );
}

describe('an error with a secret', () => {
  it('loses it from its text, its stack, its causes and whatever hangs on it', async () => {
    const request = { headers: { authorization: `Bearer ${SECRET}` } };
    const cause = Object.assign(new TypeError(`not with ${SECRET}`, { cause: SECRET }), { request });
    const thrown = await thrownFor(Object.assign(new RangeError(`refused: ${SECRET}`, { cause }), { request }));
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(thrown).toMatchObject({ name: 'RangeError', message: 'refused: [A_KEY]' });
    expect(thrown.cause).toMatchObject({ name: 'TypeError', message: 'not with [A_KEY]' });
    expect(thrown.stack).toContain('secrets-interceptor.test.ts');
  });

  it('is retried, and told apart, as before', async () => {
    const failure = ApplicationFailure.create({
      type: 'RateLimited',
      message: SECRET,
      nonRetryable: true,
      nextRetryDelay: '3s',
      details: [{ key: SECRET, left: 7 }],
      cause: new Error(SECRET),
    });
    const thrown = await thrownFor(failure);
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(thrown).toMatchObject({
      ...{ type: 'RateLimited', message: '[A_KEY]', nonRetryable: true, nextRetryDelay: '3s' },
      ...{ details: [{ key: '[A_KEY]', left: 7 }], cause: { message: '[A_KEY]' } },
    });
  });

  it('may be no error at all, or its own cause', async () => {
    expect((await thrownFor(`just ${SECRET}`)).message).toBe('just [A_KEY]');
    const loop = new Error(SECRET);
    loop.cause = loop;
    expect(inspect(await thrownFor(loop), { depth: 20 })).not.toContain(SECRET);
  });
});

it('errors without a secret, and results, pass as they are', async () => {
  for (const error of [new Error('why'), new CancelledFailure('cancelled'), 'text', undefined]) {
    expect(await thrownFor(error)).toBe(error);
  }
  expect(await secretsInterceptor.execute!({ args: [], headers: {} }, async () => 'result')).toBe('result');
});
