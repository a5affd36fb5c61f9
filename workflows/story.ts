import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { recalledText, rememberedText } from '../src/domain/knowledge.ts';
import { modelLabel } from '../src/domain/models.ts';
import { performanceWords } from '../src/domain/performance-words.ts';
import { planWords } from '../src/domain/plan-words.ts';
import { counted } from '../src/domain/text.ts';
import { describeToolCall } from '../src/domain/tools.ts';
import { oneLine } from '../src/domain/unseen.ts';
import { allNotes } from './state.ts';
import type { RunState } from './state.ts';
import { liveLedger } from './live-ledger.ts';

const STATUS = defineSearchAttributeKey('KgotStatus', SearchAttributeType.KEYWORD);
const MODEL = defineSearchAttributeKey('KgotModel', SearchAttributeType.KEYWORD);
const ROUNDS = defineSearchAttributeKey('KgotRounds', SearchAttributeType.INT);
const DOLLARS = defineSearchAttributeKey('KgotDollars', SearchAttributeType.DOUBLE);

/** How a run stands, for the listing: `running`, `waiting` for a person or for its budget, or why it ended. */
export type RunStatus = 'running' | 'waiting' | 'solved' | 'forced' | 'out-of-budget' | 'cancelled' | 'failed';

/** Writes how the run stands into its search attributes and its current details. */
export function tellStory(state: RunState, told: RunStatus): void {
  const { waiting, hints } = state.wheel;
  const { waitsForBudget } = state;
  const status = told === 'running' && (waiting.length > 0 || waitsForBudget !== undefined) ? 'waiting' : told;
  const ledger = liveLedger();
  const { planner } = state.prepared.models;
  upsertSearchAttributes([
    { key: STATUS, value: status },
    { key: MODEL, value: modelLabel(planner) },
    { key: ROUNDS, value: state.round },
    { key: DOLLARS, value: isPriced(state) ? ledger.dollars : null },
  ]);
  const cost = isPriced(state) ? `$${ledger.dollars.toFixed(4)}` : 'price unknown';
  const notes = allNotes(state);
  const lines = [
    `**${escapeMarkdown(state.prepared.run.question)}**`,
    '',
    `Round ${state.round} of ${state.prepared.options.rounds} · ${status} · ${counted(state.graph.nodes, 'node')}, ${counted(state.graph.edges, 'edge')} · ` +
      `${counted(ledger.calls, 'call')}, ${ledger.inputTokens + ledger.outputTokens} tokens, ${cost}`,
    ...planLines(state),
    ...(state.result?.performance === undefined ? [] : ['', ...performanceWords(state.result.performance)]),
    ...knowledgeLines(state),
    ...(state.result === undefined ? [] : ['', `Answer: **${escapeMarkdown(oneLine(state.result.answer))}**`]),
    ...(waiting.length === 0 ? [] : ['', 'Waiting for approval:', '']),
    ...waiting.map(({ id, ...call }) => `- ${id}: ${escapeMarkdown(describeToolCall(call, 1_000))}`),
    ...(waitsForBudget === undefined ? [] : ['', `Waits: ${escapeMarkdown(waitsForBudget)}`]),
    ...(hints.length === 0 ? [] : ['', 'Hints:', '']),
    ...hints.map((hint) => `- ${escapeMarkdown(hint)}`),
    ...(state.graph.facts.length === 0 ? [] : ['', 'Newest facts:', '']),
    ...state.graph.facts.map((fact) => `- ${escapeMarkdown(fact)}`),
    ...(notes.length === 0 ? [] : ['', 'Notes:', '']),
    ...notes.map((note) => `- ${escapeMarkdown(note)}`),
  ];
  setCurrentDetails(lines.join('\n'));
}

function planLines({ prepared: { plan } }: RunState): string[] {
  if (plan === undefined) return [];
  const { strategy, choices } = planWords(plan);
  return [
    '',
    `Plan: **${strategy.text}** (${strategy.reason})`,
    '',
    ...choices.map(({ text, reason }) => `- ${text}${reason === '' ? '' : `: ${reason}`}`),
  ];
}

function knowledgeLines({ recalled, remembered }: RunState): string[] {
  return [
    ...(recalled === undefined ? [] : ['', recalledText(recalled)]),
    ...(remembered === undefined ? [] : ['', rememberedText(remembered)]),
  ];
}

/** Whether what was spent so far is known in dollars: unknown is never zero. */
function isPriced(state: RunState): boolean {
  const { unpriced, calls } = liveLedger();
  const { planner, executor } = state.prepared.prices;
  return unpriced === 0 && (calls > 0 || (planner !== null && executor !== null));
}

/** Facts come from tools' texts: they are shown, never rendered. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#!|]/g, '\\$&');
}
