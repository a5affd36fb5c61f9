import { expect, it, onTestFinished } from 'vitest';
import type { Question } from '../../cli/eval/data.ts';
import { Oracle } from '../../cli/eval/oracle.ts';
import { nodeKey } from '../../src/domain/changes.ts';
import type { QueryLanguage } from '../../src/domain/queries.ts';
import { viewGraph } from '../../src/domain/view.ts';
import type { Material } from '../../src/model/step.ts';
import { repairQuery } from '../../src/model/steps/repair-query.ts';
import { writeQuery } from '../../src/model/steps/write-query.ts';
import { temporaryStore } from '../support/folders.ts';
import { openStore } from '../support/graph-stores.ts';
import { upsertEdge, upsertNode } from '../support/graphs.ts';
import { batch } from './conformance.ts';
import { LIMITS } from './conformance-queries.ts';

const QUESTION = {
  id: 'q',
  question: 'Who leads the country of Lima?',
  answer: 'Ada Vega',
  decomposition: [
    { question: 'Lima >> country', answer: 'Peru', paragraph: 0 },
    { question: 'Who leads #1 ?', answer: 'Ada Vega', paragraph: 1 },
  ],
  paragraphs: [
    { title: 'Lima', text: 'Lima is the capital of Peru.' },
    { title: 'Peru', text: 'Ada Vega leads Peru.' },
  ],
} as unknown as Question;

const oracle = new Oracle([QUESTION]);

/** The oracle's query for what a step asks it. */
function queryOf(step: typeof writeQuery | typeof repairQuery, view: string, language?: QueryLanguage): string {
  const material: Material = {
    question: QUESTION.question,
    documents: '',
    view: () => view,
    toolOutput: '',
    toolOutputs: [],
    tools: [],
  };
  const spoken = language === undefined ? {} : { language };
  const { system, user } = step.prompt(
    { revision: 1, how: '', empty: [], query: 'x', error: 'y', ...spoken },
    material,
  );
  return (oracle.answer({ step: step.name, text: user, system }) as { query: string }).query;
}

it.each([writeQuery, repairQuery])(
  'the oracle answers with queries that run in the language it is asked for: $name',
  async (step) => {
    const store = openStore('memory', temporaryStore(), { processes: 1 });
    onTestFinished(() => store.close());
    const output = QUESTION.paragraphs.map(({ text }) => text).join('\n');
    const text = `Question: ${QUESTION.question}\n\nOutput of search, between the lines:\n${'-'.repeat(10)}\n${output}\n${'-'.repeat(10)}\n`;
    const extraction = oracle.answer({ step: 'extractChanges', text }) as {
      nodes: { name: string; label: string }[];
      edges: { from: string; type: string; to: string }[];
    };
    const labels = new Map(extraction.nodes.map(({ name, label }) => [name, label]));
    const key = (name: string): string => nodeKey(labels.get(name)!, name);
    const graph = await store.apply(
      'r',
      batch(
        1,
        ...extraction.nodes.map(({ name, label }) => upsertNode(label, name)),
        ...extraction.edges.map(({ from, type, to }) => upsertEdge(key(from), type, key(to))),
      ),
    );
    const view = viewGraph(graph, []);
    const answer = { columns: ['answer'], rows: [['Ada Vega']], truncated: false };
    expect(await store.query('r', 1, queryOf(step, view), LIMITS)).toEqual(answer);
    expect(await store.code('r', 1, queryOf(step, view, 'javascript'), LIMITS)).toEqual(answer);
    expect(queryOf(step, view, 'sparql')).toMatch(
      /^SELECT \?answer WHERE \{ \?s rel:\w+ \?o \. \?o prop:name \?answer \}$/,
    );

    expect((await store.query('r', 1, queryOf(step, ''), LIMITS)).rows).toEqual([]);
    expect((await store.code('r', 1, queryOf(step, '', 'javascript'), LIMITS)).rows).toEqual([]);
    expect(queryOf(step, '', 'sparql')).toMatch(/^SELECT/);
  },
);
