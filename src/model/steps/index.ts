import type { StepName } from '../../domain/steps.ts';
import type { Step } from '../step.ts';
import { answerDirectly } from './answer-directly.ts';
import { chooseAnswer } from './choose-answer.ts';
import { chooseTools } from './choose-tools.ts';
import { decideNextStep } from './decide-next-step.ts';
import { extractChanges } from './extract-changes.ts';
import { extractChangesTogether } from './extract-changes-together.ts';
import { parseAnswer } from './parse-answer.ts';
import { repairChanges } from './repair-changes.ts';
import { repairQuery } from './repair-query.ts';
import { writeQuery } from './write-query.ts';

/** Every step, by name. */
export const steps = {
  decideNextStep,
  chooseTools,
  extractChanges,
  extractChangesTogether,
  repairChanges,
  writeQuery,
  repairQuery,
  parseAnswer,
  answerDirectly,
  chooseAnswer,
} as const satisfies Record<StepName, unknown>;

export type Steps = typeof steps;

/** What the workflow sends to a step. */
export type InputOf<Name extends StepName> = Steps[Name] extends Step<infer Input, infer _Output> ? Input : never;
/** What the model answers in a step. */
export type OutputOf<Name extends StepName> = Steps[Name] extends Step<infer _Input, infer Output> ? Output : never;
