import type { KnowledgeCount } from '../../domain/activities.ts';
import type { Extraction } from '../../domain/changes.ts';
import type { Ledger } from '../../domain/ledger.ts';
import type { ExecutionPlan } from '../../domain/plan.ts';
import type { FilledOptions, RunModels, RunResult } from '../../domain/run.ts';
import type { StepName } from '../../domain/steps.ts';
import type { GraphDifference } from '../../graph/difference.ts';
import type { NumberedExtraction } from '../../model/steps/extract-changes-together.ts';
import type { Vote } from '../../model/steps/decide-next-step.ts';

/** A run as it went, told round by round: see `describeRun`. Times are ISO 8601. */
export interface RunStory {
  id: string;
  /** The run's folder below `runs/` in the artifact store. */
  folder: string;
  /** Temporal's; `UNKNOWN` when Temporal knows the run no more. */
  status: string;
  /** True while it waits for a person, or for room in its budget. */
  waiting?: boolean;
  question: string;
  documents: StoryDocument[];
  /** What archives hold that could not be read, as sentences. */
  leftOut: string[];
  /** Absent until the run is prepared. */
  models?: RunModels;
  /** How the run goes, and why so; absent in runs of versions without plans. */
  plan?: ExecutionPlan;
  options?: FilledOptions;
  /** The options that differ from the defaults, with the default. */
  changedOptions: { name: string; value: unknown; default?: unknown }[];
  /** Task queues whose tools the run may use. */
  toolQueues: string[];
  started?: string;
  ended?: string;
  /** Wall time until the end, or until now. */
  seconds?: number;
  /** Workflow executions that the run was carried on over by continue-as-new. */
  executions: number;
  /** What the run began with out of the knowledge graph; absent where it did not look there. */
  recalled?: KnowledgeCount;
  /** What of the run was kept in the knowledge graph. */
  remembered?: KnowledgeCount;
  rounds: StoryRound[];
  /** What people, or programs, sent to the run: updates, signals, a cancellation. */
  messages: StoryMessage[];
  /** Activities that the run waits for. */
  underWay: StoryPending[];
  result?: RunResult;
  /** Why the run failed. */
  failure?: StoryFailure;
  ledger: Ledger;
  /** What could not be told, and why, as sentences. */
  gaps: string[];
}

export interface StoryDocument {
  name: string;
  mediaType: string;
  bytes: number;
}

export interface StoryRound {
  /** From 1; 0 for what came before the first. */
  round: number;
  /** True for what is forced once the rounds are used up; it counts as one more round. */
  forced: boolean;
  started?: string;
  ended?: string;
  seconds?: number;
  spent: Spent;
  votes: StoryVote[];
  decision?: StoryDecision;
  /** The choice of tools; more than one only where a round was played again. */
  choices: StoryStep<{ calls: { tool: string; input: Record<string, unknown> }[] }>[];
  tools: StoryToolCall[];
  facts?: StoryFacts;
  retrievals: StoryRetrieval[];
  parses: StoryParse[];
  /** The choice between different answers. */
  best?: StoryStep<{ choice: number }> & { candidates: string[] };
  /** The answer of the run, in the round that gave it. */
  answer?: string;
  /** What the round left for the next votes to know, as sentences. */
  notes: string[];
}

/** What some requests have spent. */
export interface Spent {
  /** Model requests whose answer came back. */
  calls: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; `null` when a price is unknown. */
  dollars: number | null;
  /** Requests whose answer never came back. */
  unknown: number;
}

/**
 * How a call stands. A step is `lost` when none of its answers fitted its schema; a call is `cut-off` when no outcome of
 * it is known, and none will come.
 */
export type CallState = 'running' | 'done' | 'lost' | 'failed' | 'cancelled' | 'cut-off';

/** What calls of a model and of a tool have in common. */
export interface StoryCall {
  state: CallState;
  /** Absent when the story comes from records. */
  started?: string;
  /** From when it was asked for until it ended, attempts and waits together. */
  seconds?: number;
  /** Attempts of its activity, or of the one with the most. */
  attempts: number;
  failure?: StoryFailure;
  /** How the attempt before the last one failed. */
  retried?: StoryFailure;
  spent: Spent;
}

/** One call of a model, with its repeated asks. */
export interface StoryStep<Value> extends StoryCall {
  step: StepName;
  /** Which of the step's calls in the round. */
  sample: string;
  /** The answer; absent while it is not there, or when it never came. */
  value?: Value;
  /** Answers that did not fit their schema. */
  misfits: { text: string; error: string }[];
  /** True when it was slow, and was asked for once more beside itself. */
  twice?: boolean;
}

export interface StoryVote extends StoryStep<Vote> {
  /** What the vote counts for: one to solve that lacks a fact counts for ENHANCE. */
  counts?: 'ENHANCE' | 'SOLVE';
}

export interface StoryDecision {
  next: 'ENHANCE' | 'SOLVE' | 'LOST';
  /** For ENHANCE: what the round looks for. */
  missing: string[];
}

export interface StoryToolCall extends Omit<StoryCall, 'state'> {
  tool: string;
  input: Record<string, unknown>;
  /** `repeated`: made before, its outcome was used again. `unmade`: chosen, but not made. */
  state: CallState | 'repeated' | 'unmade';
  /** The beginning of its output. */
  excerpt?: string;
  /** Content hash of the whole output in the artifact store. */
  outputSha256?: string;
}

/** How a round's tool outputs became facts. */
export interface StoryFacts {
  /** What the model read out of each output; `call` is the tool call. */
  extractions: (StoryStep<Extraction> & { call?: string })[];
  /** Requests that read several outputs. */
  together: (StoryStep<{ outputs: NumberedExtraction[] }> & { calls: string[] })[];
  /** Changes that could not be made, as sentences, before a repair. */
  problems: string[];
  repairs: StoryStep<Extraction>[];
  /** Problems that were left, and whose changes were left out. */
  left: string[];
  /** Absent until the changes are applied. */
  revision?: number;
  /** Absent when nothing new was in them, or when it is not known any more. */
  difference?: GraphDifference;
}

/** One branch of a retrieval: a query, and what was asked instead where it failed or gave nothing. */
export interface StoryRetrieval {
  /** How the answer was to follow from the graph, as a vote said. */
  how: string;
  queries: StoryQuery[];
}

export interface StoryQuery {
  /** `widened`: the query before, with its edges in any direction. */
  by: 'written' | 'repaired' | 'rewritten' | 'widened';
  /** Absent while, or where, none was written. */
  query?: string;
  /** How it was written; absent for `widened`. */
  step?: StoryStep<{ query: string }>;
  /** Absent while it runs, and where it is not known. */
  outcome?: { kind: 'rows'; rowCount: number; text: string } | { kind: 'error'; error: string };
  /** Of the query itself. */
  seconds?: number;
}

export interface ParsedAnswer {
  calculate: string;
  answer: string;
}

/** One reading of the answer, with the calculation that it asked for. */
export interface StoryParse {
  sample: string;
  /** True for the last answer from what the graph holds, when rounds or budget are used up. */
  last: boolean;
  parse: StoryStep<ParsedAnswer>;
  calculation?: { expression: string; result?: string };
  /** The reading with the calculation's result. */
  again?: StoryStep<ParsedAnswer>;
  /** Empty when none followed. */
  answer?: string;
}

/** Something that was sent to the run. */
export interface StoryMessage {
  kind: 'update' | 'signal' | 'cancel';
  /** The update's or signal's name. */
  name: string;
  arguments: unknown[];
  /** Temporal's identity of the sender. */
  by: string;
  at: string;
  /** The round that was going on. */
  round: number;
  /** What an update answered. */
  result?: unknown;
  failure?: StoryFailure;
}

/** An activity that the run waits for; or its own next step, a `workflow task`, where no worker has taken it. */
export interface StoryPending {
  type: string;
  summary?: string;
  /** From 1. */
  attempt: number;
  /** True when it waits for a worker, or for its next attempt; absent where that is not known. */
  waiting?: boolean;
  since: string;
  /** Of the attempt before. */
  lastFailure?: StoryFailure;
}

export interface StoryFailure {
  /** For example `ModelTimeout`. */
  type: string;
  message: string;
}
