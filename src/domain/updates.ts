import type { Budget } from './run.ts';
import type { ToolCall } from './tools.ts';

/** Updates that a run takes while it works: their names, arguments and results. */
export interface Updates {
  /** Adds a hint, which every later prompt of the loop shows. */
  addHint: { input: AddHint; result: { hints: number } };
  /** Sets a higher limit. */
  raiseBudget: { input: Budget; result: Budget };
  /** Lets a waiting tool call be made. */
  approveToolCall: { input: ApproveToolCall; result: WaitingCall };
  /** Refuses a waiting tool call; the next vote is told so. */
  rejectToolCall: { input: RejectToolCall; result: WaitingCall };
}

export interface AddHint {
  /** At most 1,000 characters. */
  text: string;
}

export interface ApproveToolCall {
  /** See {@link WaitingCall.id}. */
  id: string;
}

export interface RejectToolCall extends ApproveToolCall {
  /** Told to the next vote. At most 1,000 characters. */
  reason?: string;
}

/** A call of a tool with side effects that waits for a person. */
export interface WaitingCall extends ToolCall {
  /** Its round and its place in it, as in `2.0`: once in a run. */
  id: string;
  /** ISO 8601. */
  since: string;
  /** When it counts as rejected. ISO 8601. */
  until: string;
}

/** How long a tool call waits for a person. */
export interface Approval {
  /** Seconds until it counts as rejected. @default 86,400: a day */
  timeoutSeconds?: number;
  /** Seconds between reminders. @default 3,600: an hour */
  reminderSeconds?: number;
}

export const DEFAULT_APPROVAL = { timeoutSeconds: 86_400, reminderSeconds: 3_600 } as const satisfies Approval;

/** What people have steered so far; continue-as-new carries it over. */
export interface Wheel {
  hints: string[];
  budget?: Budget;
  raises: number;
  waiting: WaitingCall[];
}

/** So that a run's history stays bounded whoever sends updates. */
export const MOST_HINTS = 20;
const MOST_RAISES = 100;
const MOST_CHARACTERS = 1_000;

/** Why a hint cannot be taken, as a sentence that says what would be right; undefined when it can. */
export function problemOfHint({ hints }: Wheel, input: unknown): string | undefined {
  const text = (input as AddHint | undefined)?.text;
  if (typeof text !== 'string' || text.trim() === '') return 'The hint is empty: give it as {text: "…"}.';
  if (text.length > MOST_CHARACTERS) {
    return `The hint has ${text.length} characters, the most is ${MOST_CHARACTERS}: give long text as a document of a new run.`;
  }
  if (hints.length >= MOST_HINTS) return `The run has ${hints.length} hints, and takes no more.`;
  return undefined;
}

/** Why a budget cannot be raised to `input`; undefined when it can. */
export function problemOfRaise({ budget, raises }: Wheel, input: unknown): string | undefined {
  const given = Object.entries((input ?? {}) as Record<string, unknown>).filter(([, value]) => value !== undefined);
  if (given.length === 0) return 'No limit was given: give the new one as {tokens} or {dollars}.';
  if (budget === undefined) return 'The run has no budget, so there is nothing to raise.';
  if (raises >= MOST_RAISES) return `The budget was raised ${raises} times, and is not raised again.`;
  for (const [unit, value] of given) {
    if (unit !== 'tokens' && unit !== 'dollars') return `There is no budget in ${unit}: give tokens or dollars.`;
    const limit = budget[unit];
    if (limit === undefined) return `The run has no limit in ${unit}, so there is nothing to raise.`;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= limit) {
      return `The budget is ${limit} ${unit}, and ${JSON.stringify(value)} is not more: give a higher number.`;
    }
  }
  return undefined;
}

/** Why there is nothing to decide about the call that `input` names; undefined when there is. */
export function problemOfDecision({ waiting }: Wheel, input: unknown): string | undefined {
  const { id, reason } = (input ?? {}) as Partial<RejectToolCall>;
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > MOST_CHARACTERS)) {
    return `The reason must be text of at most ${MOST_CHARACTERS} characters.`;
  }
  if (waiting.some((call) => call.id === id)) return undefined;
  const ids = waiting.map((call) => `${call.id} (${call.tool})`).join(', ');
  return `No tool call ${JSON.stringify(id ?? '')} waits for a decision; ${ids === '' ? 'none does' : `there is ${ids}`}.`;
}
