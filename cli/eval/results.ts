import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BatchRow } from '../../src/domain/batch.ts';
import { canonicalJson } from '../../src/domain/text.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Question } from './data.ts';
import { scoreAnswer } from './score.ts';

/** One line of a results file: how a question was answered, and what that cost. */
export interface ResultRow {
  id: string;
  question: string;
  /** The gold answer. */
  gold: string;
  /** `null` when the run failed. */
  answer: string | null;
  exactMatch: boolean;
  f1: number;
  endReason: string | null;
  rounds: number | null;
  calls: number;
  /** Requests whose answer never came back. */
  unknown: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; `null` while a price is unknown. */
  dollars: number | null;
  seconds: number;
  workflowId: string;
  error?: string;
}

/** Scores one finished run. */
export function resultRow(question: Question, row: BatchRow): ResultRow {
  const { answer, endReason, rounds, ledger, error, workflowId, seconds } = row;
  const score =
    answer === undefined ? { exactMatch: false, f1: 0 } : scoreAnswer(answer, [question.answer, ...question.aliases]);
  return {
    id: question.id,
    question: question.question,
    gold: question.answer,
    answer: answer ?? null,
    ...score,
    endReason: endReason ?? null,
    rounds: rounds ?? null,
    calls: ledger?.calls ?? 0,
    unknown: ledger?.unknown ?? 0,
    inputTokens: ledger?.inputTokens ?? 0,
    outputTokens: ledger?.outputTokens ?? 0,
    dollars: ledger === undefined || ledger.unpriced > 0 ? null : ledger.dollars,
    seconds,
    workflowId,
    ...(error === undefined ? {} : { error }),
  };
}

/** The file's first line: says which evaluation it belongs to, and what an interrupted one needs to go on. */
export interface Evaluation {
  /** Hash of the data and of every option that changes the outcome. */
  evaluation: string;
  /** Workflow of the batch. */
  batch: string;
  /** Base URL of the oracle that its runs ask. */
  oracle?: string;
  startedAt: string;
}

/** A results file: an {@link Evaluation}, then a line a question. */
export class Results {
  readonly file: string;
  readonly evaluation: Evaluation;
  readonly rows: Map<string, ResultRow>;

  private constructor(file: string, evaluation: Evaluation, rows: Map<string, ResultRow>) {
    this.file = file;
    this.evaluation = evaluation;
    this.rows = rows;
  }

  /**
   * Reads what an earlier, unfinished evaluation left.
   *
   * @param questions ids of all questions
   * @returns undefined when there is none, or when it was finished
   * @throws {UserError} when the file holds something else
   */
  static readUnfinished(file: string, evaluation: string, questions: readonly string[]): Results | undefined {
    if (!existsSync(file)) return undefined;
    const [head, ...lines] = readFileSync(file, 'utf8').split('\n');
    if (head === undefined || head.trim() === '') return undefined;
    const found = parse<Evaluation>(head);
    if (typeof found?.evaluation !== 'string') {
      throw new UserError(`${file} holds no results of an evaluation: give another file with --results.`, {
        exitCode: 2,
      });
    }
    if (found.evaluation !== evaluation) {
      throw new UserError(
        `${file} holds the results of another evaluation (other data or options): give another file with --results, or remove it.`,
        { exitCode: 2 },
      );
    }
    // A line that a kill cut off is missing; its row is read from the batch again.
    const rows = lines.flatMap((line) => parse<ResultRow>(line) ?? []);
    const byId = new Map(rows.map((row) => [row.id, row]));
    if (questions.every((id) => byId.has(id))) return undefined;
    const results = new Results(file, found, byId);
    results.#rewrite();
    return results;
  }

  /** Starts a file anew. */
  static start(file: string, evaluation: Evaluation, rows: Iterable<ResultRow> = []): Results {
    const results = new Results(file, evaluation, new Map([...rows].map((row) => [row.id, row])));
    results.#rewrite();
    return results;
  }

  add(row: ResultRow): void {
    if (this.rows.has(row.id)) return;
    this.rows.set(row.id, row);
    appendFileSync(this.file, `${JSON.stringify(row)}\n`);
  }

  #rewrite(): void {
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      const lines = [this.evaluation, ...this.rows.values()].map((line) => `${JSON.stringify(line)}\n`);
      writeFileSync(this.file, lines.join(''));
    } catch (error) {
      throw new UserError(`The results cannot be written to ${this.file}: ${messageOf(error)}`);
    }
  }
}

function parse<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}

/** Names an evaluation by everything that changes its outcome. */
export function evaluationHash(parts: unknown): string {
  return createHash('sha256').update(canonicalJson(parts)).digest('hex').slice(0, 16);
}

export function defaultResultsFile(data: string, evaluation: string): string {
  return join(data, 'evals', `${evaluation}.jsonl`);
}
