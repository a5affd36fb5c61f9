import type { LedgerEntry } from '../../domain/ledger.ts';
import type { StoryFailure } from './story.ts';

/** One activity of a run: out of its history, or, with less known of it, out of its call records. */
export interface Activity {
  /** Its execution and its id there: unique in the run. */
  id: string;
  type: string;
  summary?: string;
  /** Its first argument. */
  input: unknown;
  /** Milliseconds since 1970. */
  scheduled?: number;
  ended?: number;
  /** 0 while no attempt is known to have begun. */
  attempts: number;
  /** Of the attempt before the last. */
  lastFailure?: StoryFailure;
  /** Whether one that is open waits for a worker, or for its next attempt. */
  waiting?: boolean;
  outcome:
    | { kind: 'result'; value: unknown }
    | { kind: 'failed'; failure: StoryFailure }
    | { kind: 'cancelled' }
    | { kind: 'open' };
  /** What it reported to have spent. */
  entries: LedgerEntry[];
}

/** What arrived at a run. */
export interface Message {
  kind: 'update' | 'signal' | 'cancel';
  name: string;
  arguments: unknown[];
  by: string;
  /** Milliseconds since 1970. */
  at: number;
  result?: unknown;
  failure?: StoryFailure;
}

/** One execution of a run, as its history tells it. */
export interface Execution {
  /** The workflow's arguments. */
  input: unknown[];
  started: number;
  activities: Activity[];
  messages: Message[];
  /** Absent while it is open. */
  end?:
    | { kind: 'completed'; at: number; result: unknown }
    | { kind: 'failed' | 'timed-out' | 'terminated'; at: number; failure: StoryFailure }
    | { kind: 'cancelled' | 'continued'; at: number };
}
