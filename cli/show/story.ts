import type { RunStory, StoryMessage, StoryRound } from '../../src/client/story/story.ts';
import { recalledText, rememberedText } from '../../src/domain/knowledge.ts';
import { modelLabel } from '../../src/domain/models.ts';
import type { ExecutionPlan } from '../../src/domain/plan.ts';
import { planWords } from '../../src/domain/plan-words.ts';
import { performanceWords } from '../../src/domain/performance-words.ts';
import type { RunPerformance, RunResult } from '../../src/domain/run.ts';
import { canonicalJson, counted } from '../../src/domain/text.ts';
import type { Line, Section } from './outline.ts';
import { endReasonText, ledgerLine } from './run.ts';
import { roundLines } from './story-round.ts';
import { failureLine, shorten, spentText } from './story-words.ts';
import { duration } from './terminal.ts';

/** A run's story as a page: what was asked, each round, what is under way, and how it ended. */
export function storySections(story: RunStory, { uiUrl }: { uiUrl?: string | undefined } = {}): Section[] {
  const before = story.messages.filter(({ round }) => !story.rounds.some((told) => told.round === round));
  return [
    { title: story.question || story.id, lines: headLines(story) },
    ...(before.length > 0 ? [{ title: 'Before the first round', lines: before.map(messageLine) }] : []),
    ...story.rounds.map((round) => ({
      title: roundTitle(round, story),
      lines: [
        ...roundLines(round, story),
        ...story.messages.filter((message) => message.round === round.round).map(messageLine),
      ],
    })),
    ...(story.underWay.length > 0 ? [{ title: 'Under way', lines: underWayLines(story) }] : []),
    { title: endTitle(story), lines: endLines(story, uiUrl) },
  ];
}

function headLines(story: RunStory): Line[] {
  const { id, models, changedOptions, documents, leftOut, executions, gaps } = story;
  return [
    { text: `Run: ${id}` },
    ...(story.started === undefined ? [] : [{ text: `Started: ${story.started.slice(0, 19).replace('T', ' ')} UTC` }]),
    ...(models === undefined ? [] : [{ text: modelsText(models) }]),
    ...(changedOptions.length === 0 ? [] : [{ text: `Options: ${changedOptions.map(optionText).join(', ')}` }]),
    ...(story.plan === undefined ? [] : [planLine(story.plan)]),
    ...(documents.length === 0 ? [] : [{ text: documentsText(documents) }]),
    ...leftOut.map((note): Line => ({ mark: '!', text: note })),
    ...(story.recalled === undefined ? [] : [{ text: recalledText(story.recalled) }]),
    ...(executions > 1 ? [{ text: `Continued as new ${counted(executions - 1, 'time')}` }] : []),
    ...gaps.map((gap): Line => ({ mark: '!', text: gap, tone: 'bad' })),
  ];
}

const MOST_DOCUMENTS = 8;

function documentsText(documents: RunStory['documents']): string {
  const names = documents.slice(0, MOST_DOCUMENTS).map(({ name }) => name);
  const left = documents.length - names.length;
  return `Documents: ${names.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function modelsText({ planner, executor, cheap }: NonNullable<RunStory['models']>): string {
  const [plans, executes] = [modelLabel(planner), modelLabel(executor)];
  const first = cheap === undefined ? '' : `, ${modelLabel(cheap)} for less`;
  return plans === executes
    ? `${cheap === undefined ? 'Model' : 'Models'}: ${plans}${first}`
    : `Models: ${plans} plans, ${executes} executes${first}`;
}

function planLine(plan: ExecutionPlan): Line {
  const { strategy, choices } = planWords(plan);
  return {
    text: `Plan: ${strategy.text} (${strategy.reason})`,
    lines: choices.map(({ text, reason }) => ({
      mark: '•',
      text: reason === '' ? text : `${text}: ${reason}`,
      tone: 'quiet',
    })),
  };
}

function optionText({ name, value, default: usual }: RunStory['changedOptions'][number]): string {
  const text = (option: unknown): string => (typeof option === 'string' ? option : canonicalJson(option));
  return `${name} ${text(value)}${usual === undefined ? '' : ` (instead of ${text(usual)})`}`;
}

function roundTitle({ round, forced, seconds, spent }: StoryRound, { options }: RunStory): string {
  const name = forced
    ? 'After the last round'
    : round === 0
      ? 'Before the first round'
      : `Round ${round}${options === undefined ? '' : ` of ${options.rounds}`}`;
  return [name, ...(seconds === undefined ? [] : [duration(seconds)]), spentText(spent)].filter(Boolean).join(' · ');
}

function messageLine({ kind, name, arguments: sent, by, at, result, failure }: StoryMessage): Line {
  const words = sent.map((argument) => canonicalJson(argument)).join(', ');
  const what = kind === 'cancel' ? `Cancellation asked for${words && `: ${words}`}` : `${name}(${words})`;
  const answered = result === undefined || result === null ? '' : ` → ${shorten(canonicalJson(result), 200)}`;
  return {
    mark: '»',
    text: `${shorten(what, 400)}${answered}`,
    tone: 'strong',
    lines: [
      { text: `${kind} by ${by || 'somebody'} at ${at.slice(11, 19)}`, tone: 'quiet' },
      ...(failure === undefined ? [] : [failureLine(failure)]),
    ],
  };
}

function underWayLines({ underWay }: RunStory): Line[] {
  return underWay.map(({ type, summary, attempt, waiting, since, lastFailure }) => {
    const waits = attempt > 1 ? 'waits for its next attempt' : 'no worker has taken it yet';
    const aside = [
      ...(attempt > 1 ? [`attempt ${attempt}`] : []),
      `since ${since.slice(11, 19)}`,
      ...(waiting === true ? [waits] : []),
    ];
    return {
      mark: '…',
      text: `${summary === undefined ? type : `${type}: ${summary}`} · ${aside.join(', ')}`,
      lines: lastFailure === undefined ? [] : [failureLine(lastFailure)],
    };
  });
}

function endTitle({ status, waiting, options, result, failure }: RunStory): string {
  if (result !== undefined) return `Ended: ${endReasonText(result.endReason)}`;
  switch (status) {
    case 'RUNNING':
      if (waiting === true && options?.whenOutOfBudget === 'wait') {
        return 'So far; it waits for room in its budget, or for a person';
      }
      return 'So far';
    case 'UNKNOWN':
      return 'The end is not known';
    case 'CANCELLED':
      return 'Ended: cancelled';
    default:
      return `Ended: ${failure === undefined ? status.toLowerCase().replaceAll('_', ' ') : 'failed'}`;
  }
}

function endLines(
  { result, failure, ledger, seconds, rounds, remembered }: RunStory,
  uiUrl: string | undefined,
): Line[] {
  const played = rounds.filter(({ forced, round }) => !forced && round > 0).length;
  const time = seconds === undefined ? '' : `, ${duration(seconds)}`;
  return [
    ...(result === undefined ? [] : resultLines(result)),
    ...(remembered === undefined ? [] : [{ text: rememberedText(remembered) }]),
    ...(failure === undefined ? [] : [failureLine(failure)]),
    { text: `Cost: ${ledgerLine(ledger)}, ${counted(played, 'round')}${time}` },
    ...(result?.performance === undefined ? [] : performanceLines(result.performance)),
    ...(uiUrl === undefined ? [] : [{ text: `Temporal UI: ${uiUrl}`, whole: true }]),
  ];
}

function performanceLines(performance: RunPerformance): Line[] {
  const [how, saved] = performanceWords(performance);
  return [{ text: `Performance: ${how}` }, ...(saved === undefined ? [] : [{ text: `S${saved.slice(1)}` }])];
}

function resultLines({ answer, evidence, graph: { nodes, edges, revision } }: RunResult): Line[] {
  const bySource = Map.groupBy(evidence, ({ source }) => source);
  const lines = [...bySource].map(([source, facts]): Line => ({
    text: `from ${source}`,
    lines: facts.map(({ fact }) => ({ mark: '•', text: fact })),
  }));
  return [
    { text: `Answer: ${answer}`, tone: 'good' },
    ...(lines.length > 0 ? [{ text: 'It rests on:', lines }] : []),
    { text: `Graph: ${counted(nodes, 'node')}, ${counted(edges, 'edge')}, revision ${revision}` },
  ];
}
