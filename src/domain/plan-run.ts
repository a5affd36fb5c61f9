import { NOTHING_SEEN, planExecution } from './plan-execution.ts';
import type { ExecutionPlan, Observations, OptimizationContext, SamplePlan } from './plan.ts';
import { fillOptions } from './run.ts';
import type { FilledOptions, RunOptions } from './run.ts';

/** The task type of a run that names none. */
export const QUESTION = 'question';

/** The reason of what whoever started a run asked for. */
export const ASKED_FOR = 'asked for';

/** A run's options as the context that plans follow from. */
export function contextOf({
  strategy,
  taskType = QUESTION,
  target,
  priority,
  cache,
  budget,
}: RunOptions): OptimizationContext {
  return {
    taskType,
    ...(strategy === undefined ? {} : { strategy }),
    ...(priority === undefined ? {} : { priority }),
    ...(cache === undefined ? {} : { cache }),
    ...(budget?.dollars === undefined ? {} : { costBudget: budget.dollars }),
    ...(target?.seconds === undefined ? {} : { latencyTarget: target.seconds * 1_000 }),
    ...(target?.dollars === undefined ? {} : { costTarget: target.dollars }),
  };
}

/** A run's plan, and its options filled in by it: what its starter asked for beats what the strategy would choose. */
export function planRun(
  given: RunOptions,
  observations: Observations,
): { plan: ExecutionPlan; options: FilledOptions } {
  const planned = planExecution(contextOf(given), observations);
  const options = fillOptions(given, planned);
  const { without = [] } = given;
  const send: Pick<SamplePlan, 'send'> | undefined = without.includes('staged-votes') ? { send: 'all' } : undefined;
  const plan: ExecutionPlan = {
    ...planned,
    votes: { ...planned.votes, most: options.votes, ...send },
    parses: { ...planned.parses, most: options.finalParses, ...send },
    ...(without.includes('batching') ? { extractions: 'each' } : {}),
    ...(without.includes('shared-calls') ? { sharedCalls: false } : {}),
    reasons: {
      ...planned.reasons,
      ...(given.votes === undefined ? {} : { votes: ASKED_FOR }),
      ...(given.finalParses === undefined ? {} : { parses: ASKED_FOR }),
      ...(without.includes('staged-votes') ? { votes: ASKED_FOR, parses: ASKED_FOR } : {}),
      ...(without.includes('batching') ? { extractions: ASKED_FOR } : {}),
      ...(without.includes('shared-calls') ? { sharedCalls: ASKED_FOR } : {}),
    },
  };
  return { plan, options };
}

/** The plan of runs whose histories are older than plans: what they did. */
export function planOfOlderRun(options: FilledOptions): ExecutionPlan {
  const { votes, finalParses } = options;
  return planRun({ votes, finalParses }, NOTHING_SEEN).plan;
}
