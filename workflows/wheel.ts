import { ApplicationFailure, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import type { RunInput } from '../src/domain/run.ts';
import { problemOfDecision, problemOfHint, problemOfRaise } from '../src/domain/updates.ts';
import type { Updates, WaitingCall, Wheel } from '../src/domain/updates.ts';
import type { ToolCall } from '../src/domain/tools.ts';
import { describeToolCall } from '../src/domain/tools.ts';
import { remindOfApproval } from './activities.ts';
import { callRound } from './state.ts';
import type { RunState } from './state.ts';
import { tellStory } from './story.ts';

/** A hand on the wheel: updates that steer a run while it works. */

const define = <Name extends keyof Updates>(name: Name) =>
  defineUpdate<Updates[Name]['result'], [Updates[Name]['input']]>(name);
export const addHintUpdate = define('addHint');
export const raiseBudgetUpdate = define('raiseBudget');
export const approveToolCallUpdate = define('approveToolCall');
export const rejectToolCallUpdate = define('rejectToolCall');

/** What a person said of a waiting call: undefined for yes, else why not. */
const decisions = new Map<string, { rejected?: string }>();

export function newWheel({ options }: RunInput): Wheel {
  return { hints: [], raises: 0, waiting: [], ...(options?.budget === undefined ? {} : { budget: options.budget }) };
}

/**
 * Takes updates from the run's first moment on. Each handler is done at once, so that nothing is under way when the run
 * continues as new.
 */
export function takeUpdates(wheel: Wheel, state: () => RunState | undefined): void {
  const validated = <Input>(problemOf: (wheel: Wheel, input: unknown) => string | undefined) => ({
    validator: (input: Input): void => {
      if (state()?.status === 'done') refuse('The run has ended already.');
      const problem = problemOf(wheel, input);
      if (problem !== undefined) refuse(problem);
    },
  });
  const told = (): void => {
    const now = state();
    if (now !== undefined) tellStory(now, 'running');
  };
  setHandler(
    addHintUpdate,
    ({ text }) => {
      wheel.hints.push(text.trim());
      told();
      return { hints: wheel.hints.length };
    },
    validated(problemOfHint),
  );
  setHandler(
    raiseBudgetUpdate,
    ({ tokens, dollars }) => {
      wheel.raises += 1;
      wheel.budget = {
        ...wheel.budget,
        ...(tokens === undefined ? {} : { tokens }),
        ...(dollars === undefined ? {} : { dollars }),
      };
      told();
      return wheel.budget;
    },
    validated(problemOfRaise),
  );
  setHandler(approveToolCallUpdate, ({ id }) => decide(wheel, id, {}), validated(problemOfDecision));
  setHandler(
    rejectToolCallUpdate,
    ({ id, reason }) => decide(wheel, id, { rejected: reason?.trim() || 'a person rejected it' }),
    validated(problemOfDecision),
  );
}

function refuse(message: string): never {
  throw ApplicationFailure.create({ type: 'UpdateRefused', message, nonRetryable: true });
}

/** The first decision on a call counts: it does not wait any more. */
function decide(wheel: Wheel, id: string, decision: { rejected?: string }): WaitingCall {
  const call = wheel.waiting.find((waiting) => waiting.id === id)!;
  wheel.waiting = wheel.waiting.filter((waiting) => waiting !== call);
  decisions.set(id, decision);
  return call;
}

/**
 * Waits until a person has decided on a call of a tool with side effects, and reminds of it meanwhile.
 *
 * @returns why the call must not be made; undefined when it may
 */
export async function waitForApproval(state: RunState, call: ToolCall, sample: string): Promise<string | undefined> {
  const { wheel } = state;
  const { timeoutSeconds, reminderSeconds } = state.prepared.options.approval;
  const id = `${callRound(state)}.${sample}`;
  const until = Date.now() + timeoutSeconds * 1000;
  const waiting: WaitingCall = {
    ...{ id, ...call },
    ...{ since: new Date().toISOString(), until: new Date(until).toISOString() },
  };
  wheel.waiting.push(waiting);
  tellStory(state, 'running');
  try {
    for (let reminder = 0; ; reminder += 1) {
      const left = until - Date.now();
      if (left <= 0) return `nobody approved it within ${timeoutSeconds} seconds`;
      // A reminder that cannot be delivered is no reason to stop waiting.
      remindOfApproval({ run: state.prepared.run, call: waiting, reminder }, describeToolCall(call)).catch(
        () => undefined,
      );
      if (await condition(() => decisions.has(id), Math.min(left, reminderSeconds * 1000))) {
        return decisions.get(id)!.rejected;
      }
    }
  } finally {
    wheel.waiting = wheel.waiting.filter((item) => item !== waiting);
    tellStory(state, 'running');
  }
}
