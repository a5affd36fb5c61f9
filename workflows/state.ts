import type { GraphSummary, KnowledgeCount, Prepared, RunOutcome, TokenPrice } from '../src/domain/activities.ts';
import type { ComputeShare, Ledger } from '../src/domain/ledger.ts';
import type { ExecutionPlan, ModelTier } from '../src/domain/plan.ts';
import { planOfOlderRun } from '../src/domain/plan-run.ts';
import type { ModelReference, Progress, RunResult } from '../src/domain/run.ts';
import type { ToolCall, ToolOutcome, ToolSummary } from '../src/domain/tools.ts';
import type { Wheel } from '../src/domain/updates.ts';
import { emptyLedger } from '../src/domain/ledger.ts';
import { truncate } from '../src/domain/text.ts';
import { oneLine } from '../src/domain/unseen.ts';
import { liveLedger } from './live-ledger.ts';
import type { RunShares } from './shares.ts';

/** A tool that the run may use, and where it is served. */
export interface ServedTool extends ToolSummary {
  queue: string;
  /** Hash of its queue's tool set. */
  setHash: string;
}

/** A tool call that succeeded: an identical one is not made again in the run. */
export interface MadeCall {
  call: ToolCall;
  /** The call as a line: evidence names it as its source. */
  source: string;
  outcome: ToolOutcome;
}

/** All that a run knows; continue-as-new carries it over. */
export interface RunState {
  prepared: Prepared;
  wheel: Wheel;
  tools: ServedTool[];
  /** The current round, from 1; 0 before the first. */
  round: number;
  /** True once the rounds are used up and an answer is forced. */
  forced: boolean;
  graph: GraphSummary;
  /** What the run began with out of the knowledge graph. */
  recalled?: KnowledgeCount;
  /** What of it was kept there. */
  remembered?: KnowledgeCount;
  /** By canonical JSON of the call. */
  made: Record<string, MadeCall>;
  /** Why a person does not want a call to be made, by canonical JSON of the call. */
  rejected: Record<string, string>;
  /** What went wrong and the next vote should know, newest last. */
  notes: string[];
  /** Calculations that answers rest on, as `expression = result`. */
  calculations: string[];
  /** What it did not have to send; absent where an older version carried it over. */
  saved?: RunOutcome['savings'];
  /** What earlier executions of the run had spent. */
  spent: Ledger;
  /** What their attempts took of workers' processes. */
  computed?: ComputeShare;
  status: Progress['status'];
  votes: Progress['votes'];
  recentTools: Progress['tools'];
  /** What the owners of its budget scopes have granted; absent until they are asked. */
  shares?: RunShares;
  /** What of its budget the run waits for, in words; absent while it does not. */
  waitsForBudget?: string;
  /** The last failure of a model call, for the error of a run that could not be answered. */
  lastFailure?: string;
  result?: RunResult;
}

export function newState(prepared: Prepared, wheel: Wheel): RunState {
  return {
    prepared,
    wheel,
    tools: [],
    round: 0,
    forced: false,
    graph: { revision: 0, nodes: 0, edges: 0, viewTokens: 0, facts: [] },
    made: {},
    rejected: {},
    notes: [],
    calculations: [],
    spent: emptyLedger(),
    status: 'preparing',
    votes: { enhance: 0, solve: 0 },
    recentTools: [],
  };
}

/** The round that call records are filed under: what is forced after the last one counts as one more. */
export function callRound(state: RunState): number {
  return state.forced ? state.round + 1 : state.round;
}

/** Counts what the run did not have to send. */
export function addSaving(state: RunState, what: keyof RunOutcome['savings'], count = 1): void {
  const saved = state.saved ?? { samplesNotSent: 0, callsShared: 0 };
  state.saved = { ...saved, [what]: saved[what] + count };
}

/** How the run goes. */
export function planOf({ prepared: { plan, options } }: RunState): ExecutionPlan {
  return plan ?? planOfOlderRun(options);
}

/** The model of a role, or the cheap one in its place, and its price. */
export function modelOf(
  { models, prices }: Prepared,
  role: 'planner' | 'executor',
  tier: ModelTier,
): { model: ModelReference; price: TokenPrice | null } {
  return tier === 'cheap' && models.cheap !== undefined
    ? { model: models.cheap, price: prices.cheap ?? null }
    : { model: models[role], price: prices[role] };
}

const KEPT_NOTES = 10;

/** Adds a note for the next votes, once, as one line; only the newest are kept. */
export function addNote(state: RunState, text: string): void {
  const note = oneLine(text);
  state.notes = [...state.notes.filter((earlier) => earlier !== note), note].slice(-KEPT_NOTES);
}

/** Calls that a prompt shows. */
const SHOWN_CALLS = 50;

/** Tool calls made so far, as prompts show them: the newest. */
export function madeLines(state: RunState): string[] {
  const lines = Object.values(state.made).map((made) => made.source.replace(/^round \d+: /, ''));
  const left = lines.length - SHOWN_CALLS;
  return left > 0 ? [`(${left} earlier calls)`, ...lines.slice(left)] : lines;
}

/** What people are told: what went wrong, and before it what of the documents is not read. */
export function allNotes(state: RunState | undefined): string[] {
  return state === undefined ? [] : [...(state.prepared.leftOut ?? []), ...state.notes];
}

export function progressOf(question: string, state: RunState | undefined): Progress {
  const ledger = liveLedger();
  return {
    question,
    status: state?.waitsForBudget === undefined ? (state?.status ?? 'preparing') : 'waiting',
    round: state?.round ?? 0,
    rounds: state?.prepared.options.rounds ?? 0,
    votes: state?.votes ?? { enhance: 0, solve: 0 },
    tools: state?.recentTools ?? [],
    nodes: state?.graph.nodes ?? 0,
    edges: state?.graph.edges ?? 0,
    revision: state?.graph.revision ?? 0,
    facts: state?.graph.facts ?? [],
    notes: allNotes(state),
    waiting: state?.wheel.waiting ?? [],
    ...(state?.waitsForBudget === undefined ? {} : { waitsForBudget: state.waitsForBudget }),
    hints: state?.wheel.hints ?? [],
    calls: ledger.calls,
    inputTokens: ledger.inputTokens,
    outputTokens: ledger.outputTokens,
    ...(state?.prepared.plan === undefined ? {} : { plan: state.prepared.plan }),
    ...(ledger.unpriced === 0 ? { dollars: ledger.dollars } : {}),
    ...(state?.lastFailure === undefined ? {} : { lastFailure: truncate(state.lastFailure, 500) }),
    ...(state?.result === undefined ? {} : { answer: state.result.answer, endReason: state.result.endReason }),
  };
}
