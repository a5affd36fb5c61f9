import { defineStep } from '../step.ts';
import type { StepInput } from '../step.ts';
import { QUERY_RULES, query } from './write-query.ts';

export interface RepairQueryInput extends StepInput {
  how: string;
  /** The query that failed, and its own error. */
  query: string;
  error: string;
}

export const repairQuery = defineStep<RepairQueryInput, { query: string }>({
  name: 'repairQuery',
  schema: () => query,
  prompt: (input, material) => ({
    system: `You repair a Cypher query that failed. ${QUERY_RULES}`,
    user: [
      `Question: ${material.question}`,
      `Graph:\n${material.view([material.question, input.how])}`,
      `How the answer follows: ${input.how}`,
      `Query:\n${input.query}`,
      `Error:\n${input.error}`,
      'What is the repaired query?',
    ].join('\n\n'),
  }),
});
