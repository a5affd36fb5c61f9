import { afterAll, beforeAll, expect, it } from 'vitest';
import { outlineText } from '../../cli/show/outline.ts';
import { storySections } from '../../cli/show/story.ts';
import { describeRun } from '../../src/client/story/describe-run.ts';
import { answer, oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const EMPTY = 'return graph.edges({ type: "HATES" }).map(({ from }) => from.name);';
const WRONG = 'const [edge] = graph.edges({ type: "LEADS" });\nreturn edge.form.name - 1;';
const RIGHT = 'const [edge] = graph.edges({ type: "LEADS" });\nreturn { leader: edge.from.name, twice: 34 * 2 };';

it.each(['embedded', 'memory'] as const)(
  'a run reads its %s graph by code: what gives nothing is written anew, what fails is repaired',
  async (graph) => {
    stack.play({
      ...oneFact,
      writeQuery: ({ earlier }) => ({ query: earlier === 0 ? EMPTY : WRONG }),
      repairQuery: () => ({ query: RIGHT }),
      parseAnswer: ({ prompt }) => answer(prompt.includes('leader | twice\nAda Vega | 68') ? 'Ada Vega' : ''),
    });
    const handle = await stack.start({ ...peru, options: { votes: 1, retrieval: 'code', graph } });
    expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', graph: { revision: 1 } });

    const [written, again] = stack.model.requests.filter(({ step }) => step === 'writeQuery');
    expect(written!.system).toContain('You write JavaScript');
    expect(again!.prompt).toContain(`These queries gave no rows; write another:\n- ${EMPTY}`);
    const repair = stack.model.requests.find(({ step }) => step === 'repairQuery')!;
    expect(repair.system).toContain('You repair JavaScript');
    expect(repair.prompt).toMatch(/Error:\nTypeError: .*name.*\(line 2: return edge\.form\.name - 1;\)/);

    const story = await describeRun(stack.runtime.client, handle.id, { artifacts: stack.artifacts });
    expect(story.rounds.at(-1)!.retrievals).toMatchObject([
      {
        queries: [
          { by: 'written', query: EMPTY, outcome: { kind: 'rows', rowCount: 0 } },
          { by: 'rewritten', query: WRONG, outcome: { kind: 'error' } },
          { by: 'repaired', query: RIGHT, outcome: { kind: 'rows', rowCount: 1 } },
        ],
      },
    ]);
    const told = outlineText(storySections(story)).replace(/\s+/g, ' ');
    expect(told).toContain(`repaired: ${RIGHT.replace(/\s+/g, ' ')} · 1 row`);
  },
);

it('a run on the memory graph reads it by Cypher', async () => {
  stack.play(oneFact);
  const handle = await stack.start({ ...peru, options: { votes: 1, graph: 'memory' } });
  expect(await handle.result()).toMatchObject({
    answer: 'Ada Vega',
    endReason: 'solved',
    graph: { nodes: 2, edges: 1 },
  });
  expect(stack.model.requests.find(({ step }) => step === 'writeQuery')!.system).toContain('You write a Cypher query');
});
