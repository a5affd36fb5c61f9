import type { QueryLanguage } from '../../domain/queries.ts';
import { defineStep } from '../step.ts';
import type { StepInput } from '../step.ts';
import { wordsOf } from './query-language.ts';

export interface RepairQueryInput extends StepInput {
  how: string;
  /** The query that failed, and its own error. */
  query: string;
  error: string;
  /** @default 'cypher' */
  language?: QueryLanguage;
}

export const repairQuery = defineStep<RepairQueryInput, { query: string }>({
  name: 'repairQuery',
  schema: (_, { language }) => wordsOf(language).schema,
  prompt: (input, material) => {
    const { called, rules } = wordsOf(input.language);
    return {
      system: `You repair ${called} that failed. ${rules}`,
      user: [
        `Question: ${material.question}`,
        `Graph:\n${material.view([material.question, input.how])}`,
        `How the answer follows: ${input.how}`,
        `Query:\n${input.query}`,
        `Error:\n${input.error}`,
        'What is the repaired query?',
      ].join('\n\n'),
    };
  },
});
