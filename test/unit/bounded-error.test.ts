import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { boundedError } from '../../activities/bounded-error.ts';
import { toFailure } from '../../activities/failures.ts';

const LONG = 'x'.repeat(10_000_000);

function sizeOf(error: unknown): number {
  const { message, stack = '', cause } = error as Error;
  return message.length + stack.length + (cause instanceof Error ? sizeOf(cause) : 0);
}

describe('boundedError', () => {
  it.each([
    new Error('short'),
    new TypeError('with a cause', { cause: new Error('short too') }),
    ApplicationFailure.nonRetryable('of a kind', 'OutOfBudget'),
    new CancelledFailure('cancelled'),
  ])('leaves %o as it is', (error) => {
    expect(boundedError(error)).toBe(error);
    expect(toFailure(error)).toBe(error);
  });

  it.each([
    ['a long message', new RangeError(LONG)],
    ['a long cause', new RangeError('short', { cause: new Error(LONG) })],
    [
      'many causes',
      Array.from({ length: 50 }).reduce<Error>((cause) => new RangeError('one more', { cause }), new RangeError('x')),
    ],
  ])('cuts what is thrown with %s, and keeps its kind and its place', (_, error) => {
    const bounded = boundedError(error) as ApplicationFailure;
    expect(bounded).toMatchObject({ type: 'RangeError', nonRetryable: false });
    expect(sizeOf(bounded)).toBeLessThan(20_000);
    expect(error.message.startsWith(bounded.message.slice(0, 5))).toBe(true);
  });

  it('keeps whether another attempt may help', () => {
    const bounded = boundedError(ApplicationFailure.nonRetryable(LONG, 'OutOfBudget'));
    expect(bounded).toMatchObject({ type: 'OutOfBudget', nonRetryable: true });
  });

  it.each<[string, unknown, string]>([
    ['text', 'just text', '"just text"'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', { a: 1 }, '[object Object]'],
    [
      'what cannot be read',
      {
        toString() {
          throw new Error('no');
        },
      },
      'What cannot be read',
    ],
  ])('makes an error of %s, and says what would be right', (_, thrown, shown) => {
    expect(boundedError(thrown)).toEqual(new Error(`${shown} was thrown: throw an Error that says what is wrong.`));
  });

  it('cuts long text that is thrown', () => {
    expect(sizeOf(boundedError(LONG))).toBeLessThan(10_000);
  });
});
