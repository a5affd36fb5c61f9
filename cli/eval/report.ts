import { defangLinks } from '../show/links.ts';
import { dollars, table } from '../show/terminal.ts';
import type { ResultRow } from './results.ts';
import type { OracleStats } from './start-oracle.ts';

/** What an evaluation comes to: the one JSON object of `kgot eval --json`. */
export interface EvaluationReport {
  questions: number;
  /** Answers that match exactly after the usual normalisation. */
  exactMatch: number;
  /** Mean over all questions, from 0 to 1. */
  f1: number;
  /** Model requests whose answer came back. */
  calls: number;
  /** Requests whose answer never came back. */
  unknown: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; `null` while a price is unknown. */
  dollars: number | null;
  /** Wall time of this command. */
  seconds: number;
  /** With `--model oracle`: what the oracle itself counted, and whether the runs' ledgers agree with it. */
  oracle?: OracleStats & { ledgersAgree: boolean };
  results: string;
  rows: ResultRow[];
}

export function reportOf(
  rows: ResultRow[],
  { seconds, results, stats }: { seconds: number; results: string; stats?: OracleStats | undefined },
): EvaluationReport {
  const sum = (value: (row: ResultRow) => number): number => rows.reduce((total, row) => total + value(row), 0);
  const report: EvaluationReport = {
    questions: rows.length,
    exactMatch: rows.filter(({ exactMatch }) => exactMatch).length,
    f1: sum(({ f1 }) => f1) / rows.length,
    calls: sum(({ calls }) => calls),
    unknown: sum(({ unknown }) => unknown),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    dollars: rows.some((row) => row.dollars === null) ? null : sum((row) => row.dollars!),
    seconds,
    results,
    rows,
  };
  if (stats !== undefined) report.oracle = { ...stats, ledgersAgree: ledgersAgree(report, stats) };
  return report;
}

/** Each answer that came back is one known entry, each other request one unknown; an oracle that was restarted counts anew. */
function ledgersAgree(report: EvaluationReport, stats: OracleStats): boolean {
  return (
    report.calls === stats.answered + stats.errors &&
    report.unknown === stats.hung &&
    report.inputTokens === stats.inputTokens &&
    report.outputTokens === stats.outputTokens
  );
}

export function reportText(report: EvaluationReport): string {
  const { rows, questions, exactMatch, f1, calls, unknown, inputTokens, outputTokens, seconds, oracle } = report;
  const cost = (amount: number | null): string => (amount === null ? 'unknown' : dollars(amount, 0));
  const lines = rows.map((row) => [
    row.id,
    row.exactMatch ? 'yes' : 'no',
    row.f1.toFixed(2),
    String(row.calls),
    String(row.inputTokens + row.outputTokens),
    cost(row.dollars),
    row.seconds.toFixed(1),
    row.error === undefined
      ? defangLinks(row.answer ?? '', []).slice(0, 40)
      : `error: ${defangLinks(row.error, []).slice(0, 60)}`,
  ]);
  return [
    table(['QUESTION', 'EXACT', 'F1', 'CALLS', 'TOKENS', 'COST', 'SECONDS', 'ANSWER'], lines),
    '',
    `Exact match: ${exactMatch} of ${questions}, F1 ${f1.toFixed(3)}`,
    `Cost: ${calls} model calls${unknown > 0 ? ` and ${unknown} without an answer` : ''}, ${inputTokens} + ${outputTokens} tokens, ${cost(report.dollars)}; ` +
      `${(calls / questions).toFixed(1)} calls and ${Math.round((inputTokens + outputTokens) / questions)} tokens a question; ${seconds.toFixed(1)} s`,
    ...(oracle === undefined
      ? []
      : [
          `Oracle: ${oracle.requests} requests, ${oracle.answered} answered, ${oracle.errors} errors, ${oracle.hung} left hanging; ` +
            `the runs' ledgers ${oracle.ledgersAgree ? 'say the same' : 'say otherwise (they also count what an interrupted evaluation spent)'}`,
        ]),
    `Results: ${report.results}`,
  ].join('\n');
}
