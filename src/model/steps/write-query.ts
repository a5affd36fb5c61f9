import type { QueryLanguage } from '../../domain/queries.ts';
import { defineStep, hintLines } from '../step.ts';
import type { StepInput } from '../step.ts';
import { wordsOf } from './query-language.ts';

export interface WriteQueryInput extends StepInput {
  /** How the answer follows from the graph, as a vote said. */
  how: string;
  /** Queries that were tried and gave no rows. */
  empty: string[];
  /** @default 'cypher' */
  language?: QueryLanguage;
}

export const writeQuery = defineStep<WriteQueryInput, { query: string }>({
  name: 'writeQuery',
  schema: (_, { language }) => wordsOf(language).schema,
  prompt: (input, material) => {
    const { called, rules, example } = wordsOf(input.language);
    return {
      system: `You write ${called} that reads the answer to a question out of a knowledge graph. ${rules}\n${example}`,
      user: [
        `Question: ${material.question}`,
        ...hintLines(input),
        `Graph:\n${material.view([material.question, input.how])}`,
        `How the answer follows: ${input.how}`,
        ...(input.empty.length > 0
          ? [`These queries gave no rows; write another:\n${input.empty.map((text) => `- ${text}`).join('\n')}`]
          : []),
        'Which query reads the answer?',
      ].join('\n\n'),
    };
  },
});
