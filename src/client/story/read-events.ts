import { ApplicationFailure } from '@temporalio/common';
import type { LoadedDataConverter, SerializationContext } from '@temporalio/common';
// The SDK's own client decodes with the same.
import {
  decodeArrayFromPayloads,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { isWithLedger, LEDGER_KEY } from '../../domain/ledger.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Activity, Execution, Message } from './activity.ts';
import type { StoryFailure } from './story.ts';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;
type Payloads = temporal.api.common.v1.IPayloads;

/** Whose payloads are read, and how. */
export interface PayloadReading {
  /** Decodes payloads, codecs included. */
  converter: LoadedDataConverter;
  namespace: string;
  workflowId: string;
}

/** Folds the events of one execution into what the story tells of it. */
export class EventReader {
  readonly execution: Execution = { input: [], started: 0, activities: [], messages: [] };
  readonly #name: string;
  readonly #converter: LoadedDataConverter;
  readonly #context: SerializationContext & { workflowId: string };
  readonly #activities = new Map<string, { activity: Activity; context: SerializationContext }>();
  readonly #updates = new Map<string, Message>();

  /** @param name of the execution, unique in the run */
  constructor(name: string, { converter, namespace, workflowId }: PayloadReading) {
    this.#name = name;
    this.#converter = converter;
    this.#context = { type: 'workflow', namespace, workflowId };
  }

  /** @throws {HistoryUnreadableError} when a payload cannot be decoded */
  async add(event: HistoryEvent): Promise<void> {
    try {
      await this.#addActivityEvent(event);
      await this.#addWorkflowEvent(event);
      await this.#addMessageEvent(event);
    } catch (error) {
      throw new HistoryUnreadableError({ eventId: String(event.eventId), cause: error });
    }
  }

  async #addActivityEvent(event: HistoryEvent): Promise<void> {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskStartedEventAttributes: started,
      activityTaskCompletedEventAttributes: completed,
      activityTaskFailedEventAttributes: failed,
      activityTaskTimedOutEventAttributes: timedOut,
      activityTaskCanceledEventAttributes: cancelled,
    } = event;
    if (scheduled != null) {
      const context = activityContext(this.#context, scheduled.activityId ?? '');
      const [input] = await this.#values(scheduled.input, context);
      const metadata = event.userMetadata?.summary;
      const [summary] = await this.#values({ payloads: metadata ? [metadata] : [] }, context);
      const activity: Activity = {
        id: `${this.#name}/${scheduled.activityId}`,
        type: scheduled.activityType?.name ?? '',
        ...(typeof summary === 'string' ? { summary } : {}),
        input,
        scheduled: timeOf(event),
        attempts: 0,
        outcome: { kind: 'open' },
        entries: [],
      };
      this.#activities.set(String(event.eventId), { activity, context });
      this.execution.activities.push(activity);
      return;
    }
    const scheduledId = (started ?? completed ?? failed ?? timedOut ?? cancelled)?.scheduledEventId;
    const found = scheduledId == null ? undefined : this.#activities.get(String(scheduledId));
    if (found === undefined) return;
    const { activity, context } = found;
    if (started != null) {
      activity.attempts = started.attempt ?? 1;
      const before = await this.#error(started.lastFailure, context);
      if (before !== undefined) activity.lastFailure = failureOf(before);
      return;
    }
    activity.ended = timeOf(event);
    if (completed != null) {
      const [result] = await this.#values(completed.result, context);
      if (isWithLedger(result)) activity.entries = result[LEDGER_KEY];
      activity.outcome = { kind: 'result', value: isWithLedger(result) ? result.value : result };
    } else if (failed != null || timedOut != null) {
      const error = await this.#error((failed ?? timedOut)?.failure, context);
      activity.entries = spendingIn(error);
      activity.outcome = { kind: 'failed', failure: failureOf(error) };
    } else activity.outcome = { kind: 'cancelled' };
  }

  async #addWorkflowEvent(event: HistoryEvent): Promise<void> {
    const {
      workflowExecutionStartedEventAttributes: started,
      workflowExecutionCompletedEventAttributes: completed,
      workflowExecutionFailedEventAttributes: failed,
      workflowExecutionTimedOutEventAttributes: timedOut,
      workflowExecutionTerminatedEventAttributes: terminated,
      workflowExecutionCanceledEventAttributes: cancelled,
      workflowExecutionContinuedAsNewEventAttributes: continued,
    } = event;
    const at = timeOf(event);
    if (started != null) {
      this.execution.started = at;
      this.execution.input = await this.#values(started.input);
    } else if (completed != null) {
      const [result] = await this.#values(completed.result);
      this.execution.end = { kind: 'completed', at, result };
    } else if (failed != null) {
      this.execution.end = { kind: 'failed', at, failure: failureOf(await this.#error(failed.failure)) };
    } else if (timedOut != null) {
      this.execution.end = { kind: 'timed-out', at, failure: { type: 'TimedOut', message: 'Its time was up.' } };
    } else if (terminated != null) {
      const reason = terminated.reason || 'without a reason';
      const message = `Terminated by ${terminated.identity || 'somebody'}: ${reason}.`;
      this.execution.end = { kind: 'terminated', at, failure: { type: 'Terminated', message } };
    } else if (cancelled != null) this.execution.end = { kind: 'cancelled', at };
    else if (continued != null) this.execution.end = { kind: 'continued', at };
  }

  async #addMessageEvent(event: HistoryEvent): Promise<void> {
    const {
      workflowExecutionUpdateAcceptedEventAttributes: accepted,
      workflowExecutionUpdateCompletedEventAttributes: completed,
      workflowExecutionSignaledEventAttributes: signaled,
      workflowExecutionCancelRequestedEventAttributes: cancel,
    } = event;
    const at = timeOf(event);
    if (accepted != null) {
      const { input, meta } = accepted.acceptedRequest ?? {};
      const sent = await this.#values(input?.args);
      const by = meta?.identity ?? '';
      const message: Message = { kind: 'update', name: input?.name ?? '', arguments: sent, by, at };
      this.#updates.set(meta?.updateId ?? accepted.protocolInstanceId ?? '', message);
      this.execution.messages.push(message);
    } else if (completed != null) {
      const message = this.#updates.get(completed.meta?.updateId ?? '');
      if (message === undefined) return;
      const { success, failure } = completed.outcome ?? {};
      if (failure != null) message.failure = failureOf(await this.#error(failure));
      else [message.result] = await this.#values(success);
    } else if (signaled != null) {
      const sent = await this.#values(signaled.input);
      const by = signaled.identity ?? '';
      this.execution.messages.push({ kind: 'signal', name: signaled.signalName ?? '', arguments: sent, by, at });
    } else if (cancel != null) {
      const sent = cancel.cause ? [cancel.cause] : [];
      this.execution.messages.push({ kind: 'cancel', name: 'cancel', arguments: sent, by: cancel.identity ?? '', at });
    }
  }

  #values(payloads: Payloads | null | undefined, context: SerializationContext = this.#context): Promise<unknown[]> {
    return decodeArrayFromPayloads(this.#converter, payloads?.payloads, context);
  }

  #error(
    failure: Failure | null | undefined,
    context: SerializationContext = this.#context,
  ): Promise<Error | undefined> {
    return decodeOptionalFailureToOptionalError(this.#converter, failure, context);
  }
}

/** What a codec is told of an activity's payloads. */
export function activityContext(
  { namespace, workflowId }: { namespace: string; workflowId: string },
  activityId: string,
): SerializationContext {
  return { type: 'activity', namespace, workflowId, activityId, isLocal: false };
}

/** Thrown when a history holds payloads that the client's data converter cannot decode. */
export class HistoryUnreadableError extends Error {
  override readonly name = 'HistoryUnreadableError';
  constructor({ eventId, cause }: { eventId: string; cause: unknown }) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Event ${eventId} of the history cannot be read (${reason}): give the client the data converter, with its codecs, that the run's workers have.`,
      { cause },
    );
  }
}

/** What an error says: the application's own failure, out of those that carry it. */
export function failureOf(error: Error | undefined): StoryFailure {
  if (error === undefined) return { type: 'Unknown', message: 'No reason was given.' };
  let inner: Error = error;
  while (!(inner instanceof ApplicationFailure) && inner.cause instanceof Error) inner = inner.cause;
  const type = inner instanceof ApplicationFailure ? (inner.type ?? inner.name) : inner.name;
  return { type, message: inner.message };
}

function spendingIn(error: Error | undefined): LedgerEntry[] {
  if (!(error instanceof ApplicationFailure)) return [];
  return (error.details ?? []).flatMap((detail) => (isWithLedger(detail) ? detail[LEDGER_KEY] : []));
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.floor((eventTime?.nanos ?? 0) / 1e6);
}
