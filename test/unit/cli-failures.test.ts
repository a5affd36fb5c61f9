import { ServiceError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../cli/errors.ts';
import { failureLines, retryLines } from '../../cli/show/failures.ts';
import { answerText } from '../../cli/show/run.ts';
import type { RunResult } from '../../src/domain/run.ts';
import { emptyLedger } from '../../src/domain/ledger.ts';
import { timeoutReason } from '../../src/domain/timeouts.ts';

type Pending = NonNullable<Parameters<typeof retryLines>[0]['raw']['pendingActivities']>[number];

const retries = (...pendingActivities: Pending[]): string[] => retryLines({ raw: { pendingActivities } });

describe('retryLines', () => {
  const activityType = { name: 'model.decideNextStep' };

  it('say which calls are made again, and why, each once', () => {
    const lastFailure = { message: 'openai:x cannot be reached (ENOTFOUND): no such host.' };
    const failing = { activityType, attempt: 3, lastFailure };
    expect(retries(failing, failing, { activityType, attempt: 1 })).toEqual([
      'model.decideNextStep is tried again (attempt 3): openai:x cannot be reached (ENOTFOUND): no such host.',
    ]);
  });

  it.each([
    [4, 'its worker died, or was blocked: no sign of life for 4 seconds'],
    [1, 'it was not done in its time, nor did it end'],
    [99, 'it timed out'],
  ])('say what the timeout %i means', (timeoutType, reason) => {
    const lastFailure = { message: 'activity Heartbeat timeout', timeoutFailureInfo: { timeoutType } };
    expect(retries({ activityType, attempt: 2, lastFailure })).toEqual([
      `model.decideNextStep is tried again (attempt 2): ${reason}`,
    ]);
  });

  it('are short, and none where nothing failed', () => {
    expect(retries({ activityType, attempt: 2, lastFailure: { message: 'x'.repeat(10_000) } })[0]!.length).toBeLessThan(
      500,
    );
    expect(retries()).toEqual([]);
    expect(retryLines({ raw: {} })).toEqual([]);
  });
});

it('each timeout has its own words', () => {
  const kinds = ['HEARTBEAT', 'START_TO_CLOSE', 'SCHEDULE_TO_START', 'SCHEDULE_TO_CLOSE', undefined];
  expect(new Set(kinds.map((kind) => timeoutReason(kind))).size).toBe(kinds.length);
});

describe('a run that knows nothing', () => {
  const graph = { run: 'r', revision: 0, nodes: 0, edges: 0 };
  const result: RunResult = {
    answer: 'unknown',
    endReason: 'forced',
    evidence: [],
    graph,
    ledger: emptyLedger(),
    rounds: 2,
  };

  it('shows what went wrong with its answer', () => {
    const failures = failureLines({ notes: ['No vote came back.'], lastFailure: 'decideNextStep: status 400' });
    expect(failures).toEqual(['No vote came back.', 'The last failure of a model call: decideNextStep: status 400']);
    expect(answerText({ id: 'r', result, seconds: 1, failures })).toContain(
      'Answer: unknown\n\nWhat went wrong:\n  No vote came back.\n  The last failure of a model call: decideNextStep',
    );
    expect(answerText({ id: 'r', result, seconds: 1 })).not.toContain('went wrong');
  });
});

it('an error of Temporal’s client comes with what the server said', () => {
  const cause = new Error('14 UNAVAILABLE: shard status unknown');
  expect(messageOf(new ServiceError('Failed to start Workflow', { cause }))).toBe(
    'Failed to start Workflow (14 UNAVAILABLE: shard status unknown)',
  );
  expect(messageOf(new Error('plain', { cause }))).toBe('plain');
});
