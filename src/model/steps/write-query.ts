import { z } from 'zod';
import { defineStep, hintLines } from '../step.ts';
import type { StepInput } from '../step.ts';

export interface WriteQueryInput extends StepInput {
  /** How the answer follows from the graph, as a vote said. */
  how: string;
  /** Queries that were tried and gave no rows. */
  empty: string[];
}

export const query = z.object({
  query: z.string().min(1).describe('One Cypher statement that only reads, for example MATCH … RETURN ….'),
});

export const QUERY_RULES =
  'Match names without regard to case, for example WHERE toLower(p.name) = "ada lovelace". Return names and properties, ' +
  'not whole nodes and no sums: what must be calculated is calculated later. Use only labels, edge types and properties that the graph has, with edges in the direction shown. ' +
  'One statement that reads: no CREATE, MERGE, SET, DELETE, CALL or LOAD.';

const EXAMPLE =
  'For example, for how many people live in the countries that Ada Vega leads together: ' +
  '{"query": "MATCH (p:Person)-[:LEADS]->(c:Country) WHERE toLower(p.name) = \'ada vega\' RETURN c.name, c.population"}, ' +
  'and the populations are added later.';

export const writeQuery = defineStep<WriteQueryInput, { query: string }>({
  name: 'writeQuery',
  schema: () => query,
  prompt: (input, material) => ({
    system: `You write a Cypher query that reads the answer to a question out of a knowledge graph. ${QUERY_RULES}\n${EXAMPLE}`,
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
  }),
});
