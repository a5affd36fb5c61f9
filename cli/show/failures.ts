import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { Progress } from '../../src/domain/run.ts';
import { truncate } from '../../src/domain/text.ts';
import { timeoutReason } from '../../src/domain/timeouts.ts';
import type { TimeoutKind } from '../../src/domain/timeouts.ts';

/** By the numbers of Temporal's API. */
const TIMEOUTS: Partial<Record<number, TimeoutKind>> = {
  1: 'START_TO_CLOSE',
  2: 'SCHEDULE_TO_START',
  3: 'SCHEDULE_TO_CLOSE',
  4: 'HEARTBEAT',
};

/** Calls of a run that failed and are made again, a line each: why a run waits is in no query. */
export function retryLines({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): string[] {
  const lines = (raw.pendingActivities ?? []).flatMap(({ activityType, attempt, lastFailure }) => {
    if (!lastFailure) return [];
    const { timeoutFailureInfo: timeout, message } = lastFailure;
    const reason = timeout ? timeoutReason(TIMEOUTS[timeout.timeoutType ?? 0]) : message;
    return [`${activityType?.name ?? 'a call'} is tried again (attempt ${attempt}): ${truncate(reason ?? '', 400)}`];
  });
  return [...new Set(lines)];
}

/** What went wrong in a run that has no answer, a line each. */
export function failureLines({ notes, lastFailure }: Pick<Progress, 'notes' | 'lastFailure'>): string[] {
  return [...notes, ...(lastFailure === undefined ? [] : [`The last failure of a model call: ${lastFailure}`])];
}
