import type { z } from 'zod';
import { STEP_RULES } from '../domain/steps.ts';
import type { StepName, StepRules } from '../domain/steps.ts';
import type { ToolListing } from '../domain/tools.ts';

/** What a model is sent. Holds no ids, times, paths or orders of arrival, so that equal work gives an equal prompt. */
export interface Prompt {
  system: string;
  user: string;
}

/** What a step may show the model beside its input: read where the model is called, so that history need not carry it. */
export interface Material {
  question: string;
  /** Names and kinds of the run's documents, one a line, bounded. */
  documents: string;
  /** The graph at the input's revision, bounded, what shares words with `focus` first. */
  view(focus: readonly string[]): string;
  /** The text of the tool output that the input refers to, bounded; empty for a step without one. */
  toolOutput: string;
  /** The same of the tool outputs that the input refers to, in its order. */
  toolOutputs: readonly string[];
  /** The tools that the run may use. */
  tools: readonly ToolListing[];
}

/** One kind of model call with a typed answer. Each step is a file that holds its prompt, input type and output schema. */
export interface Step<Input extends StepInput = StepInput, Output = unknown> extends Readonly<StepRules> {
  /** Activity type without `model.`, and the name that every request carries as its schema's name. */
  readonly name: StepName;
  schema(material: Material, input: Input): z.ZodType<Output>;
  prompt(input: Input, material: Material): Prompt;
  /** Corrects a valid answer by what the prompt showed. */
  check?(answer: Output, material: Material): Output;
}

/** What every step's input holds. */
export interface StepInput {
  /** Revision of the graph that the prompt shows. */
  revision: number;
  /** Content hash of the tool output that the prompt shows. */
  outputSha256?: string;
  /** Content hashes of several of them. */
  outputsSha256?: string[];
  /** What people have said meanwhile; absent when nobody has. */
  hints?: string[];
}

/** The hints as a part of a prompt, where there are any. */
export function hintLines({ hints = [] }: StepInput): string[] {
  return hints.length === 0 ? [] : [`Hints of the person who asks:\n${hints.map((hint) => `- ${hint}`).join('\n')}`];
}

/** Types a step's definition by what it states, and adds its rules. */
export function defineStep<Input extends StepInput, Output>(
  step: Omit<Step<Input, Output>, keyof StepRules>,
): Step<Input, Output> {
  return { ...step, ...STEP_RULES[step.name] };
}
