import type { Batch } from '../../domain/changes.ts';
import type { FilledOptions, RunResult } from '../../domain/run.ts';
import type { Activity, Message } from './activity.ts';
import { newsOf, roundOfBatch, tellFacts } from './facts.ts';
import { tellBest, tellParses } from './parses.ts';
import { tellRetrievals } from './retrievals.ts';
import { RoundActivities } from './round-activities.ts';
import { callInput, isoTime } from './steps.ts';
import type { Telling } from './steps.ts';
import type { StoryMessage, StoryRound } from './story.ts';
import { tellTools } from './tools.ts';
import { tellDecision, tellVotes } from './votes.ts';

export interface RoundsMaterial {
  /** All of the run, in the order in which they were scheduled. */
  activities: readonly Activity[];
  messages: readonly Message[];
  batches: readonly Batch[];
  telling: Telling;
  options: FilledOptions | undefined;
  result: RunResult | undefined;
}

/** Tells a run's rounds, and what was sent to it meanwhile. */
export function tellRounds(material: RoundsMaterial): { rounds: StoryRound[]; messages: StoryMessage[] } {
  const { activities, messages, batches, options, result } = material;
  const rounds = partRounds(material);
  const news = newsOf(batches);
  const told = new Set(activities.filter(({ type }) => type === 'graph.apply').map(revisionAfter));
  const untold = batches.filter(({ revision }) => !told.has(revision));
  const notes = notesByRound(activities);
  const made = new Set<string>();
  const stories = [...rounds.values()].map((round): StoryRound => {
    const given = untold.filter((batch) => roundOfBatch(batch) === round.round).map(({ revision }) => revision);
    return {
      ...tellRound(round, made, tellFacts(round, news, given)),
      forced: options !== undefined && round.round > options.rounds,
      notes: notes.get(round.round) ?? [],
    };
  });
  const last = stories.at(-1);
  if (last !== undefined && result !== undefined) last.answer = result.answer;
  return { rounds: stories, messages: messages.map((message) => tellMessage(message, stories)) };
}

function tellRound(
  round: RoundActivities,
  made: Set<string>,
  facts: StoryRound['facts'],
): Omit<StoryRound, 'forced' | 'notes'> {
  const votes = tellVotes(round);
  const choices: StoryRound['choices'] = round.steps('chooseTools');
  const retrievals = tellRetrievals(round);
  const parses = tellParses(round);
  const decision = tellDecision(round, votes, { retrievals, parses });
  const best = tellBest(round);
  return {
    round: round.round,
    ...timesOf(round.all),
    spent: round.telling.spending.of(round.all),
    votes,
    ...(decision === undefined ? {} : { decision }),
    choices,
    tools: tellTools(round, choices, made),
    ...(facts === undefined ? {} : { facts }),
    retrievals,
    parses,
    ...(best === undefined ? {} : { best }),
  };
}

/** Activities of the graph belong to the round that was going on. */
function partRounds({ activities, telling }: RoundsMaterial): Map<number, RoundActivities> {
  const rounds = new Map<number, RoundActivities>();
  let current = 0;
  for (const activity of activities) {
    const own = callInput(activity)?.round;
    if (own === undefined && !/^graph\.(apply|query|recall)$/.test(activity.type)) continue;
    current = own ?? current;
    let round = rounds.get(current);
    if (round === undefined) rounds.set(current, (round = new RoundActivities(current, telling)));
    round.all.push(activity);
  }
  return new Map([...rounds].sort(([a], [b]) => a - b));
}

function revisionAfter({ input }: Activity): number {
  return (input as { base: number }).base + 1;
}

/** A vote is told all notes so far: those that it is the first to be told arose in the round before. */
function notesByRound(activities: readonly Activity[]): Map<number, string[]> {
  const notes = new Map<number, string[]>();
  const seen = new Set<string>();
  for (const activity of activities) {
    const call = callInput(activity);
    if (call === undefined || !Array.isArray(call.input['notes'])) continue;
    const fresh = (call.input['notes'] as string[]).filter((note) => !seen.has(note));
    for (const note of fresh) seen.add(note);
    const round = activity.type === 'model.decideNextStep' ? Math.max(1, call.round - 1) : call.round;
    if (fresh.length > 0) notes.set(round, [...(notes.get(round) ?? []), ...fresh]);
  }
  return notes;
}

function timesOf(activities: readonly Activity[]): Pick<StoryRound, 'started' | 'ended' | 'seconds'> {
  const starts = activities.flatMap(({ scheduled }) => scheduled ?? []);
  const ends = activities.flatMap(({ ended }) => ended ?? []);
  if (starts.length === 0) return {};
  const started = Math.min(...starts);
  if (ends.length < activities.length) return { started: isoTime(started) };
  const ended = Math.max(...ends);
  return { started: isoTime(started), ended: isoTime(ended), seconds: (ended - started) / 1000 };
}

function tellMessage({ at, ...message }: Message, rounds: readonly StoryRound[]): StoryMessage {
  const time = isoTime(at);
  const during = rounds.findLast(({ started }) => started !== undefined && started <= time);
  return { ...message, at: time, round: during?.round ?? 0 };
}
