import { z } from 'zod';
import { defineStep } from '../step.ts';
import type { StepInput } from '../step.ts';

export interface ChooseAnswerInput extends StepInput {
  /** Different answers, at least two. */
  candidates: string[];
}

const choice = z.object({ choice: z.number().int().min(1).describe('The number of the best answer, from 1.') });

export const chooseAnswer = defineStep<ChooseAnswerInput, { choice: number }>({
  name: 'chooseAnswer',
  schema: () => choice,
  prompt: (input, material) => ({
    system: 'You choose the best of several answers to a question, by what a knowledge graph holds.',
    user: [
      `Question: ${material.question}`,
      `Graph:\n${material.view([material.question, ...input.candidates])}`,
      `Answers:\n${input.candidates.map((candidate, index) => `${index + 1}. ${candidate}`).join('\n')}`,
      'Which is the best?',
    ].join('\n\n'),
  }),
});
