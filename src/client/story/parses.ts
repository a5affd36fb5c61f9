import type { ToolStepResult } from '../../domain/activities.ts';
import type { RoundActivities } from './round-activities.ts';
import { callInput } from './steps.ts';
import type { ParsedAnswer, StoryParse, StoryRound, StoryStep } from './story.ts';

/** The end of the sample of a parse that is asked again with a calculation's result. */
const CALCULATED = '.calculated';
/** The sample of the last answer from what the graph holds. */
const LAST = 'forced';

/** Tells a round's readings of the answer. */
export function tellParses(round: RoundActivities): StoryParse[] {
  return ['parseAnswer', 'answerDirectly'].flatMap((step) => {
    const samples = round.samplesOf(step);
    return samples
      .filter((sample) => !sample.endsWith(CALCULATED))
      .map((sample) => {
        const again = samples.includes(`${sample}${CALCULATED}`) ? `${sample}${CALCULATED}` : undefined;
        return tellParse(round, step, sample, again);
      });
  });
}

function tellParse(round: RoundActivities, step: string, sample: string, againSample: string | undefined): StoryParse {
  const parse = round.step<ParsedAnswer>(step, sample);
  const again = againSample === undefined ? undefined : round.step<ParsedAnswer>(step, againSample);
  const expression = parse.value?.calculate.trim() ?? '';
  const shown = againSample === undefined ? undefined : round.inputOf(step, againSample)['calculated'];
  const result = (shown as { result?: string } | undefined)?.result ?? calculatedBy(round, sample);
  const answer = answerOf(parse, again, result);
  return {
    sample,
    last: sample === LAST,
    parse,
    ...(expression === '' ? {} : { calculation: { expression, ...(result === undefined ? {} : { result }) } }),
    ...(again === undefined ? {} : { again }),
    ...(answer === undefined ? {} : { answer }),
  };
}

/** The excerpt of the calculation that a parse asked for, where it was not made before. */
function calculatedBy(round: RoundActivities, sample: string): string | undefined {
  const made = round.ofType('tool.calculate').find((activity) => callInput(activity)!.sample === `parse.${sample}`);
  return made?.outcome.kind === 'result' ? (made.outcome.value as ToolStepResult).excerpt : undefined;
}

function answerOf(
  parse: StoryStep<ParsedAnswer>,
  again: StoryStep<ParsedAnswer> | undefined,
  result: string | undefined,
): string | undefined {
  if (again === undefined) return parse.value?.answer.trim();
  if (again.state === 'running') return undefined;
  return again.value?.answer.trim() || result?.trim() || parse.value?.answer.trim();
}

/** Tells the choice between a round's different answers. */
export function tellBest(round: RoundActivities): StoryRound['best'] {
  const [sample] = round.samplesOf('chooseAnswer');
  if (sample === undefined) return undefined;
  const { candidates = [] } = round.inputOf('chooseAnswer', sample) as { candidates?: string[] };
  return { ...round.step<{ choice: number }>('chooseAnswer', sample), candidates };
}
