import type { ToolStepResult } from '../../domain/activities.ts';
import { LIMITS } from '../../domain/limits.ts';
import { canonicalJson } from '../../domain/text.ts';
import type { ToolCall } from '../../domain/tools.ts';
import type { Activity } from './activity.ts';
import type { RoundActivities } from './round-activities.ts';
import { callInput, toCall } from './steps.ts';
import type { Telling } from './steps.ts';
import type { Spent, StoryRound, StoryToolCall } from './story.ts';

const NOTHING: Spent = { calls: 0, inputTokens: 0, outputTokens: 0, dollars: 0, unknown: 0 };

/**
 * Tells the tool calls that a round chose, those that were made and those that were not.
 *
 * @param made canonical JSON of the calls that succeeded before; those of this round are added
 */
export function tellTools(round: RoundActivities, choices: StoryRound['choices'], made: Set<string>): StoryToolCall[] {
  const activities = round.all.filter(({ type }) => type.startsWith('tool.'));
  // What a parse calculates is told with the parse.
  const left = new Set(activities.filter((activity) => !callInput(activity)!.sample.startsWith('parse.')));
  const chosen = new Map(
    choices.flatMap(({ value }) => value?.calls ?? []).map((call) => [keyOf(call), call] as const),
  );
  const told = [...chosen].slice(0, LIMITS.toolCallsPerRound).map(([key, call]): StoryToolCall => {
    const activity = [...left].find((candidate) => keyOf(callOf(candidate)) === key);
    if (activity === undefined) {
      return { ...call, state: made.has(key) ? 'repeated' : 'unmade', attempts: 0, spent: NOTHING };
    }
    left.delete(activity);
    return tellTool(activity, round.telling);
  });
  const others = [...left].map((activity) => tellTool(activity, round.telling));
  for (const activity of activities) if (activity.outcome.kind === 'result') made.add(keyOf(callOf(activity)));
  return [...told, ...others];
}

function tellTool(activity: Activity, telling: Telling): StoryToolCall {
  const { outcome } = activity;
  const result = outcome.kind === 'result' ? (outcome.value as ToolStepResult) : undefined;
  return {
    ...callOf(activity),
    ...toCall([activity], telling),
    ...(result === undefined ? {} : { excerpt: result.excerpt, outputSha256: result.outputSha256 }),
  };
}

function callOf(activity: Activity): ToolCall {
  return { tool: activity.type.slice('tool.'.length), input: callInput(activity)!.input };
}

function keyOf({ tool, input }: ToolCall): string {
  return canonicalJson({ tool, input });
}
