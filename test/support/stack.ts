import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel, StubReply, StubRequest } from '../../bench/stub-model.ts';
import { openRuntime } from '../../cli/runtime/open-runtime.ts';
import type { Runtime } from '../../cli/runtime/open-runtime.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { startRun } from '../../src/client/client.ts';
import type { RunHandle } from '../../src/client/client.ts';
import type { RunInput } from '../../src/domain/run.ts';

/** A real Temporal server with a real worker process, in a data directory of its own, and a scripted model. */
export interface Stack {
  runtime: Runtime;
  artifacts: ArtifactStore;
  model: StubModel;
  /** Sets what the model answers, and forgets its earlier requests. */
  play(script: Script): void;
  /** Starts a run on the scripted model. */
  start(input: RunInput): Promise<RunHandle>;
  close(): Promise<void>;
}

/** What the model answers in each step; a step that is left out is answered with nonsense. */
export type Script = Partial<Record<string, (request: StubRequest) => StubReply | object>>;

let runs = 0;

/** @param given a data directory that the caller removes; else one of the stack's own */
export async function openStack(given?: string): Promise<Stack> {
  // The scripted model stands for a hosted one: a model of this host would get its calls one at a time.
  process.env['KGOT_MODEL_CONCURRENCY'] = '16';
  const data = given ?? (await mkdtemp(join(tmpdir(), 'kgot-test-')));
  let script: Script = {};
  const model = await startStubModel((request) => toReply(script[request.step]?.(request)));
  const runtime = await openRuntime({ data, log: () => undefined });
  return {
    runtime,
    artifacts: openDirectoryStore(runtime.artifactsDirectory),
    model,
    play: (next) => {
      script = next;
      model.forget();
    },
    start: (input) => {
      runs += 1;
      const options = { models: model.models, ...input.options };
      return startRun(runtime.client, { ...input, options }, { id: `test-${runs}` });
    },
    close: async () => {
      await runtime.close();
      await model.close();
      if (given === undefined) await rm(data, { recursive: true, force: true });
    },
  };
}

/** The innermost message of a run's failure: the one that says what was wrong. */
export async function failureOf(handle: { result(): Promise<unknown> }): Promise<string> {
  try {
    await handle.result();
  } catch (error) {
    let cause = error as Error;
    while (cause.cause instanceof Error) cause = cause.cause;
    return cause.message;
  }
  throw new Error('The run did not fail.');
}

const KINDS = ['value', 'text', 'status'];

export function toReply(answer: StubReply | object | undefined): StubReply {
  if (answer === undefined) return { text: 'nonsense' };
  if (answer === 'hang' || KINDS.some((kind) => kind in answer)) return answer as StubReply;
  return { value: answer };
}

export const enhance = (...missing: string[]): object => ({
  facts: missing.map((fact) => ({ fact, value: '?' })),
  next: 'ENHANCE',
  how: '',
});
export const solve = (how = 'the node'): object => ({ facts: [], next: 'SOLVE', how });
export const search = (...queries: string[]): object => ({
  calls: queries.map((query) => ({ tool: 'search_documents', input: { page: 1, query } })),
});
export const facts = (...edges: [from: string, type: string, to: string][]): object => ({
  nodes: [...new Set(edges.flatMap(([from, , to]) => [from, to]))].map((name) => ({
    name,
    label: 'Thing',
    properties: [],
  })),
  edges: edges.map(([from, type, to]) => ({ from, type, to, properties: [] })),
  retract: [],
});
export const answer = (text: string, calculate = ''): object => ({ calculate, answer: text });

/** A script that finds one fact by one search, and answers with it. */
export const oneFact: Script = {
  decideNextStep: ({ prompt }) => (prompt.includes('LEADS') ? solve() : enhance('Who leads Peru?')),
  chooseTools: () => search('Peru'),
  extractChanges: () => facts(['Ada Vega', 'LEADS', 'Peru']),
  writeQuery: () => ({ query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' }),
  parseAnswer: () => answer('Ada Vega'),
};

export const peru: RunInput = {
  question: 'Who leads Peru?',
  documents: [{ name: 'peru.md', mediaType: 'text/markdown', text: 'Ada Vega leads Peru. It has 34 million people.' }],
};
