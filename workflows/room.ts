import { condition, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Reservation } from '../src/domain/activities.ts';
import { maximumTokens, reserve } from '../src/domain/budget.ts';
import { ROOM_SIGNAL } from '../src/domain/owner-messages.ts';
import { add, NOTHING, perUnit, spentOf, UNITS } from '../src/domain/shares.ts';
import type { Amount } from '../src/domain/shares.ts';
import { STEP_RULES } from '../src/domain/steps.ts';
import type { ToolSummary } from '../src/domain/tools.ts';
import { heldBack, OutOfBudget, reservedNow, roomWithin, takeForModel, takeForTool } from './budget.ts';
import type { TakenForModel } from './budget.ts';
import { liveLedger } from './live-ledger.ts';
import { askForShares, grantedBy, limitOf, scopesOf } from './shares.ts';
import { addNote } from './state.ts';
import type { RunState } from './state.ts';
import { tellStory } from './story.ts';

/** Room for what does not fit the budget: asked of the budget's owners, or waited for. */

/** Calls for which a run asks at once. */
const CALLS_AT_ONCE = 24;

/** Milliseconds after which a run that waits asks again, should nobody have told it: doubled each time, up to an hour. */
const FIRST_WAIT = 60_000;
const LONGEST_WAIT = 3_600_000;

const roomSignal = defineSignal(ROOM_SIGNAL);
let told = 0;

/** Hears from owners that they have room. */
export function hearOfRoom(): void {
  setHandler(roomSignal, () => {
    told += 1;
  });
}

/**
 * Like {@link takeForModel}, for a call that did not fit.
 *
 * @throws {OutOfBudget} when it does not, and the run is not to wait
 */
export async function takeForModelWhenRoom(state: RunState, reservation: Reservation): Promise<TakenForModel> {
  if (!canFindRoom(state)) throw new OutOfBudget();
  const { tokens, dollars } = reservation;
  return whenRoom(state, { tokens, dollars: dollars ?? 0 }, () => takeForModel(state, reservation));
}

/** @param attempt gives undefined while it does not fit */
async function whenRoom<T>(state: RunState, need: Amount, attempt: () => T | undefined): Promise<T> {
  for (;;) {
    if (!(await inTurn(() => makeRoom(state, need)))) throw new OutOfBudget();
    const taken = attempt();
    if (taken !== undefined) return taken;
  }
}

/** The share that the last answer rests on, before anything is paid for. */
export async function takeFirstShares(state: RunState): Promise<void> {
  if (scopesOf(state).length > 0 && state.shares === undefined) await whenRoom(state, NOTHING, () => true);
}

/** Like {@link takeForTool}, once there is room for the tool's price, and for some calls that it may make. */
export async function takeForToolWhenRoom(state: RunState, tool: ToolSummary): Promise<ReturnType<typeof takeForTool>> {
  const price = { tokens: 0, dollars: (tool.price ?? 0) * tool.attempts };
  const piece = aPiece(state);
  const some = perUnit((unit) => price[unit] + piece[unit] / 4);
  if (!hasRoom(state, some)) await inTurn(() => ask(state, { need: price, below: some, waits: false }));
  // A price that no budget can hold is no reason to wait.
  if (waitsForRoom(state) && tool.price !== null && !hasRoom(state, price)) await whenRoom(state, price, () => true);
  return takeForTool(state, tool);
}

/** Whether what does not fit now may fit later. */
export function canFindRoom(state: RunState): boolean {
  return scopesOf(state).length > 0 || waitsForRoom(state);
}

function waitsForRoom({ prepared }: RunState): boolean {
  return prepared.options.whenOutOfBudget === 'wait';
}

let last: Promise<unknown> = Promise.resolve();

/** One after another: what the first of several calls is granted may do for all. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn.catch(() => undefined);
  return turn;
}

/** @returns false when there is none to be had */
async function makeRoom(state: RunState, need: Amount): Promise<boolean> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, 2 * wait)) {
    if (hasRoom(state, need)) return true;
    // What comes while the owners are asked is not to be missed.
    const before = state.wheel.raises + told;
    await ask(state, { need, below: need, waits: waitsForRoom(state) });
    if (hasRoom(state, need)) return true;
    if (!waitsForRoom(state)) {
      addNote(state, `It ends early: ${wordsFor(state, need)}.`);
      return false;
    }
    await waitForNews(state, need, () => state.wheel.raises + told > before, wait);
  }
}

/** Asks those owners for `need` that have not granted room for `below`. */
async function ask(
  state: RunState,
  { need, below, waits }: { need: Amount; below: Amount; waits: boolean },
): Promise<void> {
  // Where the run's own budget is at its end, nobody else's helps.
  if (scopesOf(state).length === 0 || !fits(need, roomWithin(state, state.wheel.budget))) return;
  const taken = [spentOf(liveLedger()), reservedNow(), heldBack(state), ROUNDING].reduce(add);
  const least = add(taken, need);
  await askForShares(state, { least, wish: add(least, aPiece(state)), below: add(taken, below), waits });
}

/** So that what was granted holds what was asked for, in whatever order it is added up. */
const ROUNDING: Amount = { tokens: 0, dollars: 1e-9 };

async function waitForNews(state: RunState, need: Amount, news: () => boolean, wait: number): Promise<void> {
  state.waitsForBudget = `${wordsFor(state, need)}: ${howToRaise(state, need)}`;
  tellStory(state, 'running');
  try {
    // Its own budget is raised by an update, which is never lost.
    if (scopesOf(state).length === 0) await condition(news);
    else await condition(news, wait);
  } finally {
    delete state.waitsForBudget;
    tellStory(state, 'running');
  }
}

function wordsFor(state: RunState, need: Amount): string {
  const short = shortScopes(state, need);
  return `the budget ${short === undefined ? 'of the run' : short.join(', ')} has too little room for the next call`;
}

function howToRaise(state: RunState, need: Amount): string {
  const scopes = shortScopes(state, need) ?? [];
  const commands =
    scopes.length === 0
      ? [`"kgot raise ${workflowInfo().workflowId} AMOUNT"`]
      : scopes.map((scope) => `"kgot budget raise ${scope} AMOUNT"`);
  return `raise it with ${commands.join(' and ')}`;
}

/** @returns undefined where it is the run's own budget that is short */
function shortScopes(state: RunState, need: Amount): string[] | undefined {
  if (!fits(need, roomWithin(state, state.wheel.budget))) return undefined;
  return scopesOf(state).filter((scope) => !fits(need, roomWithin(state, grantedBy(state, scope))));
}

function hasRoom(state: RunState, need: Amount): boolean {
  return fits(need, roomWithin(state, limitOf(state)));
}

function fits(need: Amount, room: Amount): boolean {
  return UNITS.every((unit) => need[unit] <= room[unit]);
}

/** What several calls take at most. */
function aPiece(state: RunState): Amount {
  const rules = STEP_RULES.decideNextStep;
  const shown = 2 * maximumTokens(state.prepared.run.question) + state.graph.viewTokens + 2_000;
  const { tokens, dollars } = reserve(shown, rules, state.prepared.prices[rules.role]);
  return { tokens: CALLS_AT_ONCE * tokens, dollars: CALLS_AT_ONCE * (dollars ?? 0) };
}
