import { z } from 'zod';
import { defineStep, hintLines } from '../step.ts';
import type { StepInput } from '../step.ts';

export interface ParseAnswerInput extends StepInput {
  how: string;
  /** Rows that the queries read, as text, bounded. */
  rows: string;
  /** What a calculation gave, when one was asked for. */
  calculated?: { expression: string; result: string };
  answerFormat?: string;
}

export const parsedAnswer = z.object({
  calculate: z
    .string()
    .describe('A JavaScript expression with plain numbers, only if the answer must still be computed; else empty.'),
  answer: z.string().describe('The answer itself, as short as it can be said. Empty if it does not follow.'),
});

export const ANSWER_RULES =
  'Answer with the name, number, date or phrase alone, as a person would say it: no sentence, no label, no edge type. ' +
  'Use no knowledge of your own. Where the answer must be computed, write the expression with plain numbers, and leave ' +
  'the answer empty until its result is given.\n' +
  'For example {"calculate": "", "answer": "Ada Vega"}, or {"calculate": "34000000 + 19000000", "answer": ""}.';

export const parseAnswer = defineStep<ParseAnswerInput, z.infer<typeof parsedAnswer>>({
  name: 'parseAnswer',
  schema: () => parsedAnswer,
  prompt: (input, material) => ({
    system: `You answer a question from rows that were read out of a knowledge graph. ${ANSWER_RULES}`,
    user: [
      `Question: ${material.question}`,
      ...hintLines(input),
      `How the answer follows: ${input.how}`,
      `Rows:\n${input.rows}`,
      ...(input.calculated === undefined
        ? []
        : [`Calculated: ${input.calculated.expression} = ${input.calculated.result}`]),
      ...(input.answerFormat === undefined ? [] : [`Format of the answer: ${input.answerFormat}`]),
      'What is the answer?',
    ].join('\n\n'),
  }),
});
