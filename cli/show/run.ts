import type { Ledger } from '../../src/domain/ledger.ts';
import type { EndReason, Evidence, Progress, RunResult } from '../../src/domain/run.ts';
import { counted } from '../../src/domain/text.ts';
import { oneLine } from '../../src/domain/unseen.ts';
import { dollars } from './terminal.ts';
import { waitingLine } from './waiting.ts';

/** A run that works, as lines of a terminal. */
export function progressLines(progress: Progress): string[] {
  const { round, rounds, status, votes, nodes, edges, calls, inputTokens, outputTokens, facts, tools, notes, waiting } =
    progress;
  const cost = progress.dollars === undefined ? 'price unknown' : dollars(progress.dollars, 0);
  return [
    `round ${round} of ${rounds} · ${status} · votes: ${votes.enhance} enhance, ${votes.solve} solve`,
    `graph: ${counted(nodes, 'node')}, ${counted(edges, 'edge')} · ${counted(calls, 'call')}, ${inputTokens + outputTokens} tokens, ${cost}`,
    ...tools
      .slice(-4)
      .map(({ summary, state }) => `  ${state === 'running' ? '…' : state === 'done' ? '✓' : '✗'} ${summary}`),
    ...facts.slice(-6).map((fact) => `  • ${fact}`),
    ...waiting.map((call) => `  ? waits for approval: ${waitingLine(call)}`),
    ...(progress.waitsForBudget === undefined ? [] : [`  ? waits: ${progress.waitsForBudget}`]),
    ...notes.slice(-2).map((note) => `  ! ${note}`),
  ];
}

/** The same as one plain line. */
export function progressLine(progress: Progress): string {
  const { round, status, votes, tools, nodes, edges, calls, inputTokens, outputTokens } = progress;
  const running = tools.findLast(({ state }) => state === 'running');
  const cost = progress.dollars === undefined ? 'price unknown' : dollars(progress.dollars, 0);
  return (
    `round ${round}: ${status}, votes ${votes.enhance}/${votes.solve}, ${counted(nodes, 'node')}, ${counted(edges, 'edge')}, ` +
    `${counted(calls, 'call')}, ${inputTokens + outputTokens} tokens, ${cost}${running === undefined ? '' : `, ${running.summary}`}` +
    (progress.waitsForBudget === undefined ? '' : `\n  ? waits: ${progress.waitsForBudget}`)
  );
}

const REASONS = {
  solved: 'solved: the graph held the answer',
  forced: 'forced: the rounds were used up',
  'out-of-budget': 'out of budget: the next call did not fit',
} as const;

export function endReasonText(endReason: EndReason): string {
  return REASONS[endReason];
}

export interface Answered {
  id: string;
  result: RunResult;
  seconds: number;
  uiUrl?: string;
  picture?: string;
  /** What went wrong, of a run without an answer. */
  failures?: readonly string[] | undefined;
}

/** An answer, and what it rests on. */
export function answerText({ id, result, seconds, uiUrl, picture, failures = [] }: Answered): string {
  const { answer, evidence, endReason, rounds, graph, ledger } = result;
  return [
    '',
    // Lines of the answer stand apart from those below: it cannot pass for what it rests on.
    `Answer: ${answer.replaceAll('\n', `\n${' '.repeat(8)}`)}`,
    '',
    ...(failures.length > 0 ? ['What went wrong:', ...failures.map((failure) => `  ${failure}`), ''] : []),
    ...(evidence.length > 0 ? ['It rests on:'] : []),
    ...evidence.map(evidenceText),
    ...(evidence.length > 0 ? [''] : []),
    `Ended: ${endReasonText(endReason)}, after ${counted(rounds, 'round')}, with ${counted(graph.nodes, 'node')} and ${counted(graph.edges, 'edge')}`,
    `Cost:  ${ledgerLine(ledger)}, ${seconds.toFixed(1)} s`,
    `Run:   ${uiUrl ?? id}`,
    ...(picture === undefined ? [] : [`Graph: ${picture}`]),
  ].join('\n');
}

function evidenceText({ fact, source, documents }: Evidence): string {
  const place = documents === undefined ? '' : ` in ${documents.join(', ')}`;
  return `  ${oneLine(fact)}\n      ${oneLine(source)}${place}`;
}

export function ledgerLine(ledger: Ledger): string {
  const unknown =
    ledger.unknown > 0
      ? `, and ${counted(ledger.unknown, 'request')} without an answer (at most ${ledger.unknownTokens} tokens)`
      : '';
  const { reused = 0, savedDollars = 0 } = ledger as Partial<Ledger>;
  const saved =
    reused > 0 ? `, ${counted(reused, 'answer')} of other runs used again (${dollars(savedDollars, 0)} saved)` : '';
  return `${ledger.calls} model calls, ${ledger.toolCalls} tool calls, ${ledger.inputTokens} + ${ledger.outputTokens} tokens, ${dollars(ledger.dollars, ledger.unpriced)}${unknown}${saved}`;
}
