import { defineStep, hintLines } from '../step.ts';
import type { StepInput } from '../step.ts';
import { ANSWER_RULES, parsedAnswer } from './parse-answer.ts';
import type { z } from 'zod';

export interface AnswerDirectlyInput extends StepInput {
  how: string;
  /** True when the run ends here, whatever the graph holds. */
  forced: boolean;
  calculated?: { expression: string; result: string };
  answerFormat?: string;
}

export const answerDirectly = defineStep<AnswerDirectlyInput, z.infer<typeof parsedAnswer>>({
  name: 'answerDirectly',
  schema: () => parsedAnswer,
  prompt: (input, material) => ({
    system: `You answer a question from a knowledge graph. ${ANSWER_RULES} ${
      input.forced
        ? 'This is the last step: if the graph does not hold the whole answer, give the most likely one that it supports.'
        : ''
    }`.trim(),
    user: [
      `Question: ${material.question}`,
      ...hintLines(input),
      `Graph:\n${material.view([material.question, input.how])}`,
      ...(input.how === '' ? [] : [`How the answer follows: ${input.how}`]),
      ...(input.calculated === undefined
        ? []
        : [`Calculated: ${input.calculated.expression} = ${input.calculated.result}`]),
      ...(input.answerFormat === undefined ? [] : [`Format of the answer: ${input.answerFormat}`]),
      'What is the answer?',
    ].join('\n\n'),
  }),
});
