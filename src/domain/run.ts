import type { ComputeShare, Ledger } from './ledger.ts';
import type { AskedStrategy, ExecutionPlan, Saving } from './plan.ts';
import { DEFAULT_APPROVAL } from './updates.ts';
import type { Approval, WaitingCall } from './updates.ts';

/** A document given with its text. All inline text of a run is at most 64 KiB; see {@link DocumentReference} for more. */
export interface DocumentText {
  name: string;
  /** For example `text/markdown`, `text/csv`, `application/json`. */
  mediaType: string;
  text: string;
}

/** A document that lies in the artifact store, by content hash. */
export interface DocumentReference {
  name: string;
  mediaType: string;
  /** Hex SHA-256 of the content. */
  sha256: string;
  /** Size of the content in bytes. */
  bytes: number;
}

/** An image that lies in the artifact store, by content hash. */
export interface ImageReference {
  /** For example `image/png`. */
  mediaType: string;
  /** Hex SHA-256 of the content. */
  sha256: string;
}

export type RunDocument = DocumentText | DocumentReference;

/** Which model to call. Keys never travel with it: the worker reads them from its environment. */
export interface ModelReference {
  /** `openai`, `anthropic`, `google`, `ollama`, `openai-compatible`, `recorded` or `oracle`. */
  provider: string;
  /** The model's name at its provider, for example `gpt-4o-mini`. */
  name: string;
  /** Base URL, for `ollama`, `openai-compatible` and `oracle`; for example `http://127.0.0.1:8011/v1`. */
  url?: string;
}

/** KGoT's two models, and a cheap one. */
export interface RunModels {
  /** Votes, merges, writes and repairs queries, answers. */
  planner: ModelReference;
  /** Chooses tools and turns their results into changes. */
  executor: ModelReference;
  /** Asked first in the place of both, where the run's plan says so. */
  cheap?: ModelReference;
}

/** What a run should take: what the strategy `auto` goes by. */
export interface RunTarget {
  seconds?: number;
  /** US dollars. */
  dollars?: number;
}

/** What a run may spend. What is absent is not limited. */
export interface Budget {
  /** US dollars. */
  dollars?: number;
  /** Input and output tokens together. */
  tokens?: number;
}

/** What a run does when no other call fits a budget. */
export const WHEN_OUT_OF_BUDGET = ['answer', 'wait'] as const;
export type WhenOutOfBudget = (typeof WHEN_OUT_OF_BUDGET)[number];

/** How SOLVE reads the graph: `query` by the back end's language, `code` by JavaScript, `direct` by the graph in the prompt. */
export const RETRIEVALS = ['query', 'code', 'direct'] as const;
export type Retrieval = (typeof RETRIEVALS)[number];

/** Where a run's graph is kept beside its batches; see docs/graph-back-ends.md. */
export const GRAPH_BACK_ENDS = ['embedded', 'neo4j', 'memory', 'rdf4j'] as const;
export type GraphBackEnd = (typeof GRAPH_BACK_ENDS)[number];

/** Options of a run as its starter gives them; {@link fillOptions} fills in the rest. */
export interface RunOptions {
  /** What the run is optimised for. @default 'balanced' */
  strategy?: AskedStrategy;
  /** Names runs that are alike: `auto` learns for each task type apart. @default 'question' */
  taskType?: string;
  target?: RunTarget;
  /** 1 to 10, the most urgent: whose calls come first where runs wait for each other. @default 5 */
  priority?: number;
  /** Whether answers that other runs paid for are used again. @default as the strategy says */
  cache?: boolean;
  /** Ways to spend less that the run does without. @default none */
  without?: Saving[];
  /** Turns of the loop at most. @default 7 */
  rounds?: number;
  /** Votes on the next step at most, sent as the strategy says. @default as it says, 5 or 3 */
  votes?: number;
  /** Repairs of one failing query, or of one round's invalid changes. @default 3 */
  repairs?: number;
  /** Queries written anew after an empty result. @default 3 */
  regenerations?: number;
  /** Parses of the final answer at most, sent as the strategy says. @default as it says, 3 or 1 */
  finalParses?: number;
  /** How SOLVE reads the graph. @default 'query' */
  retrieval?: Retrieval;
  /** Where the graph is kept. @default 'embedded' */
  graph?: GraphBackEnd;
  /** Whether the facts of the run go into the knowledge graph once it is solved. @default false */
  remember?: boolean;
  /** Whether the run begins with what the knowledge graph holds about the question. @default false */
  recall?: boolean;
  budget?: Budget;
  /** Budgets that the run shares with others, by name: `batch:NAME`, `user:NAME`, `day:YYYY-MM-DD`. */
  budgetScopes?: string[];
  /** What a run does when no other call fits a budget: answers with what it has, or waits until one is raised. @default 'answer' */
  whenOutOfBudget?: WhenOutOfBudget;
  /** How the answer is to be written, in words; for example "a number without a unit". */
  answerFormat?: string;
  /** @default what the worker was started with */
  models?: RunModels;
  /** How long calls of tools with side effects wait for a person. */
  approval?: Approval;
  /** Task queues whose tools the run may use. @default what the worker is configured with */
  toolQueues?: string[];
}

/** Input of the workflow `answerQuestion`. */
export interface RunInput {
  question: string;
  documents?: RunDocument[];
  options?: RunOptions;
}

/** Options with every default filled in; what a run obeys. */
export interface FilledOptions {
  rounds: number;
  votes: number;
  repairs: number;
  regenerations: number;
  finalParses: number;
  retrieval: Retrieval;
  graph: GraphBackEnd;
  remember: boolean;
  recall: boolean;
  budget?: Budget;
  budgetScopes?: string[];
  whenOutOfBudget: WhenOutOfBudget;
  answerFormat?: string;
  approval: Required<Approval>;
}

export const DEFAULT_OPTIONS = {
  rounds: 7,
  votes: 5,
  repairs: 3,
  regenerations: 3,
  finalParses: 3,
  retrieval: 'query',
  graph: 'embedded',
  remember: false,
  recall: false,
  whenOutOfBudget: 'answer',
  approval: DEFAULT_APPROVAL,
} as const satisfies FilledOptions;

/** Fills in the loop's options: from the plan, and from the defaults of the reference implementation. */
export function fillOptions(options: RunOptions = {}, plan?: ExecutionPlan): FilledOptions {
  const { approval, ...given } = options;
  const filled: FilledOptions = {
    ...DEFAULT_OPTIONS,
    ...(plan === undefined ? {} : { votes: plan.votes.most, finalParses: plan.parses.most }),
    approval: { ...DEFAULT_APPROVAL, ...approval },
  };
  for (const name of FILLED) if (given[name] !== undefined) Object.assign(filled, { [name]: given[name] });
  return filled;
}

const FILLED = [
  'rounds',
  'votes',
  'repairs',
  'regenerations',
  'finalParses',
  'retrieval',
  'graph',
  'remember',
  'recall',
  'budget',
  'budgetScopes',
  'whenOutOfBudget',
  'answerFormat',
] as const satisfies (keyof FilledOptions)[];

/**
 * Why a run ended. `solved`: a strict majority voted SOLVE and the graph gave an answer. `forced`: the rounds were used
 * up. `out-of-budget`: the next call did not fit, and the answer is the best that the graph held.
 */
export type EndReason = 'solved' | 'forced' | 'out-of-budget';

/** A fact that the answer rests on, and the tool call that it came from. */
export interface Evidence {
  /** For example `Barry Wesson —PLAYED_FOR→ Houston Astros`. */
  fact: string;
  /** The tool call that the fact came from, for example `round 1: search_documents({"query":"Barry Wesson"})`. */
  source: string;
  /** Documents that the call gave and in which the fact's words stand, at most three; absent where there is none. */
  documents?: string[];
}

/** A run's graph: read it with `kgot graph ID`, or `openGraph` of the package's client. */
export interface GraphReference {
  /** See {@link runFolder}. */
  run: string;
  revision: number;
  nodes: number;
  edges: number;
}

/** The answer of a run whose graph held none. */
export const UNKNOWN = 'unknown';

/** How a run went. */
export interface RunPerformance {
  /** From its start until its answer, in milliseconds. */
  milliseconds: number;
  /** Model calls that came back: how many, and milliseconds of the one in the middle, and of the 95th of 100. */
  calls?: { count: number; median: number; p95: number };
  /** Share of the time in which a call was under way, from 0 to 1. */
  busy?: number;
  /** See `efficiencyOf` of the optimizer. */
  efficiency: number;
  savings: RunSavings;
  /** What its attempts took of workers' processes, an estimate, and US dollars at the settings' rates. */
  compute: ComputeShare & { dollars: number };
  /**
   * What its records and its graph take in the artifact store, documents and outputs of tools apart, and US dollars for a
   * month of it; absent in runs of older versions.
   */
  storage?: { bytes: number; dollarsAMonth: number };
}

/** What a run did not have to pay for. */
export interface RunSavings {
  /** Votes and parses that were not sent, since those before them had decided. */
  samplesNotSent: number;
  /** Tool calls that took what an identical one of the run had given. */
  callsShared: number;
  /** Answers that other runs had paid for, and US dollars that they would have cost. */
  answersReused: number;
  reusedDollars: number;
  /** Answers of the cheap model, and US dollars that they would have cost more at the planner's price; absent where that is unknown. */
  cheapAnswers: number;
  cheapDollars?: number;
}

/** Result of the workflow `answerQuestion`. */
export interface RunResult {
  /** `unknown` when the graph held none. */
  answer: string;
  endReason: EndReason;
  evidence: Evidence[];
  graph: GraphReference;
  ledger: Ledger;
  rounds: number;
  /** How the run went, and why so; absent in runs of versions without plans. */
  plan?: ExecutionPlan;
  performance?: RunPerformance;
}

/** What the query `progress` answers while a run works. */
export interface Progress {
  question: string;
  status: 'preparing' | 'voting' | 'enhancing' | 'solving' | 'answering' | 'waiting' | 'done';
  round: number;
  rounds: number;
  /** Votes of the round so far. */
  votes: { enhance: number; solve: number };
  /** Tool calls so far in the run, most recent last, at most the last ten. */
  tools: { round: number; tool: string; summary: string; state: 'running' | 'done' | 'failed' }[];
  nodes: number;
  edges: number;
  revision: number;
  /** The newest facts, at most twelve, as lines. */
  facts: string[];
  /** Steps that were lost and changes that could not be made, as sentences, at most the last ten. */
  notes: string[];
  /** The newest failure of a model call, and which step it was of; absent when none has failed. */
  lastFailure?: string;
  /** Tool calls that wait for a person. */
  waiting: WaitingCall[];
  /** What of its budget the run waits for, in words; absent while it does not. */
  waitsForBudget?: string;
  /** Hints that were given. */
  hints: string[];
  /** How the run goes, and why so. */
  plan?: ExecutionPlan;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  /** Absent while any price is unknown. */
  dollars?: number;
  answer?: string;
  endReason?: EndReason;
}

/**
 * The run's folder below `runs/` in the artifact store: readable, and its own even when a workflow id is used again.
 *
 * @param firstExecutionRunId stays the same over continue-as-new
 */
export function runFolder(workflowId: string, firstExecutionRunId: string): string {
  return `${workflowId.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 100)}~${firstExecutionRunId.slice(0, 8)}`;
}
