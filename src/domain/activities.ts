import type { Extraction } from './changes.ts';
import type { ComputeShare, Ledger } from './ledger.ts';
import type { ExecutionPlan, OptimizationStrategy } from './plan.ts';
import type { QueryLanguage } from './queries.ts';
import type {
  Evidence,
  FilledOptions,
  GraphBackEnd,
  ModelReference,
  RunInput,
  RunModels,
  RunPerformance,
  RunSavings,
} from './run.ts';
import type { ToolOutcome } from './tools.ts';
import type { WaitingCall } from './updates.ts';

/** What activities must know of the run that they work for. */
export interface RunContext {
  /** The run's folder in the artifact store, `runs/ID`. Differs from the workflow's id, which may be used again. */
  id: string;
  question: string;
  /** Content hash of the run's `DocumentReference[]`, as JSON: activities carry it, histories stay small. */
  documentsSha256: string;
  /** Where the run's graph is kept. @default 'embedded' */
  graph?: GraphBackEnd;
}

/** The call's place in the run: names its record (see `callPath`). */
export interface CallPlace {
  round: number;
  sample: string;
  ask: number;
}

/** Upper bound of what a call may spend, entered into the ledger if its answer never comes back. */
export interface Reservation {
  tokens: number;
  /** US dollars; `null` when the price is unknown. */
  dollars: number | null;
}

/** Input of the activities `model.STEP`. */
export interface ModelStepCall<Input = unknown> extends CallPlace {
  run: RunContext;
  model: ModelReference;
  input: Input;
  /** Hashes of the tool sets that the run may use, for steps that choose tools (see `ToolSet.hash`). */
  toolSets?: string[];
  /** The invalid answer before this ask, shown with its error. */
  previous?: { text: string; error: string };
  /** The prompt shows no more of the graph and of tool output than fits into it. */
  reservation: Reservation;
  /** Requests that the budget allows to stay without an answer, this one included. @default no limit of the budget's */
  requests?: number;
  /** Milliseconds after which the request is given up. @default the model's own deadline */
  deadline?: number;
  /** Whether an answer that another run paid for will do, and this one may serve others. @default false */
  shared?: boolean;
}

/** An answer that breaks its schema is no failure but a result: the workflow asks again. */
export type ModelStepResult<Output = unknown> =
  | { kind: 'answer'; value: Output }
  | { kind: 'invalid'; text: string; error: string };

/** Input of the activities `tool.NAME`. */
export interface ToolStepCall extends CallPlace {
  run: RunContext;
  input: Record<string, unknown>;
  /** Hash of the tool set that the run saw; a worker that serves another fails retryably and names both. */
  toolSetHash: string;
  /** Where the plan sends its job, if not to the threads of the tool's worker. */
  compute?: 'ranks';
  /** The run's executor, for tools that call `generate`. */
  model: ModelReference;
  /** What an attempt may spend on model calls, where the budget limits it. */
  allowance?: { tokens?: number; dollars?: number };
}

export type ToolStepResult = ToolOutcome;

/** Input of the activity `graph.apply`. */
export interface ApplyCall {
  run: RunContext;
  /** The revision that the changes build on. */
  base: number;
  /** Extractions in a fixed order, each with the tool call that it rests on. */
  extractions: { extraction: Extraction; source: string }[];
  /** With `return`, nothing is applied when changes are invalid, and the problems come back for repair. */
  ifProblems: 'return' | 'skip';
}

export type ApplyResult =
  /** Problems an extraction, in the order of the input. */
  { kind: 'problems'; problems: string[][] } | { kind: 'applied'; graph: GraphSummary; problems: string[] };

export interface GraphSummary {
  revision: number;
  nodes: number;
  edges: number;
  /** Tokens of the bounded view that a prompt would show, at most. */
  viewTokens: number;
  /** The newest facts, at most twelve, as lines. */
  facts: string[];
}

/** Input of the activity `graph.query`. */
export interface GraphQueryCall {
  run: RunContext;
  revision: number;
  query: string;
  /** With `javascript` the query is code over the graph; else it is in the back end's own language. @default 'cypher' */
  language?: QueryLanguage;
}

export type GraphQueryResult =
  | {
      kind: 'rows';
      rowCount: number;
      /** Rows as a prompt shows them, bounded. */
      text: string;
    }
  /** The query was at fault; the message is for the model that repairs it. */
  | { kind: 'error'; error: string };

/** Input of the activity `graph.evidence`. */
export interface EvidenceCall {
  run: RunContext;
  revision: number;
  answer: string;
}

export type EvidenceResult = Evidence[];

/** Input of the activity `graph.recall`. */
export interface RecallCall {
  run: RunContext;
}

/** What a run begins with out of the knowledge graph, or keeps in it. */
export interface KnowledgeCount {
  nodes: number;
  edges: number;
}

export interface RecallResult extends KnowledgeCount {
  graph: GraphSummary;
}

/** Input of the activity `graph.remember`. */
export interface RememberCall {
  run: RunContext;
  revision: number;
}

export type RememberResult = KnowledgeCount;

/** Input of the activity `run.prepare`, the first of a run. */
export interface PrepareCall {
  input: RunInput;
  workflowId: string;
  firstExecutionRunId: string;
}

/** US dollars a token; `null` when unknown. */
export interface TokenPrice {
  input: number;
  output: number;
}

/** What `run.prepare` answers: the workflow uses only these queues, limits and models. */
export interface Prepared {
  run: RunContext;
  options: FilledOptions;
  models: RunModels;
  prices: { planner: TokenPrice | null; executor: TokenPrice | null; cheap?: TokenPrice | null };
  /** How the run goes; absent in histories of versions without plans. */
  plan?: ExecutionPlan;
  /** Tokens that the list of documents takes in a prompt, at most. */
  documentTokens: number;
  /** What archives hold that cannot be read, a sentence an archive: for people, in no prompt. Absent where all is read. */
  leftOut?: string[];
  queues: { model: string; graph: string; tools: string[] };
}

/** Input of the activity `run.remind`: tells people that a tool call waits for one of them. */
export interface RemindCall {
  run: RunContext;
  call: WaitingCall;
  /** 0 when the call begins to wait. */
  reminder: number;
}

/** Input of the activity `run.reconcile`: adds up the run's call records. */
export interface ReconcileCall {
  run: RunContext;
  /** How the run went, once it has ended: kept for plans of later runs. */
  outcome?: RunOutcome;
}

export interface RunOutcome {
  taskType: string;
  strategy: OptimizationStrategy;
  /** Whether it was solved. */
  ok: boolean;
  milliseconds: number;
  /** What it should have taken. */
  target?: ExecutionPlan['target'];
  /** See `modelsLabel`. */
  models: string;
  /** What the workflow itself has counted. */
  savings: Pick<RunSavings, 'samplesNotSent' | 'callsShared'>;
  /** What its attempts took of workers' processes. */
  compute: ComputeShare;
  /** The cheap model as `provider:name`, and the planner's price, which its answers are held against. */
  cheap?: { model: string; instead: TokenPrice | null };
}

/** The sum of all records, and how the run went where its outcome was told. */
export type ReconcileResult = Ledger & { performance?: RunPerformance };
