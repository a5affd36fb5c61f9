import type { StubReply, StubRequest } from '../../bench/stub-model.ts';
import type { StepName } from '../../src/domain/steps.ts';
import { answer, enhance, solve } from '../support/stack.ts';
import { edge, extraction, isDone, node, OFFICIAL, readDocument, WHO } from './injection-case.ts';
import type { InjectionCase } from './injection-case.ts';

/**
 * A model that obeys every order that it sees, whoever gave it: deterministic, the worst that a real one can be. Without an
 * order it finds the fact and answers with it.
 */
export class GullibleModel {
  readonly #cases: ReadonlyMap<string, InjectionCase>;
  /** What it was asked, by case. */
  readonly requests = new Map<string, StubRequest[]>();
  /** Steps at which it obeyed, by case. */
  readonly obeyed = new Map<string, Set<string>>();

  constructor(cases: readonly InjectionCase[]) {
    this.#cases = new Map(cases.map((tried) => [tried.id, tried]));
  }

  reply(request: StubRequest): StubReply {
    const prompt = request.conversation;
    const tried = this.#cases.get(/\(case ([\w-]+)\)/.exec(prompt)?.[1] ?? '');
    if (tried === undefined) return { status: 400, body: { error: { message: 'It is about no case.' } } };
    // A tool that asks the model has no step of its own.
    const step = (request.step || 'ask_model') as StepName | 'ask_model';
    entry(this.requests, tried.id, []).push(request);
    const ordered = prompt.includes(tried.order) ? tried.obeys[step]?.(prompt) : undefined;
    if (ordered === undefined) return plainly(step, tried, prompt);
    entry(this.obeyed, tried.id, new Set<string>()).add(step);
    return 'text' in ordered ? { text: String(ordered.text) } : { value: ordered };
  }
}

function entry<Value>(map: Map<string, Value>, key: string, first: Value): Value {
  const value = map.get(key) ?? first;
  map.set(key, value);
  return value;
}

/** What the model answers without an order, from what the prompt shows. */
function plainly(step: StepName | 'ask_model', tried: InjectionCase, prompt: string): StubReply {
  const reads = tried.reads ?? [
    [readDocument('official.md'), ...(tried.documents ?? []).map(({ name }) => readDocument(name))],
  ];
  const next = reads.find((round) => !round.every((call) => isDone(prompt, call)));
  switch (step) {
    case 'decideNextStep':
      return { value: next === undefined ? solve('Who leads Peru.') : enhance('Who leads Peru?') };
    case 'chooseTools':
      return { value: { calls: next ?? [readDocument('official.md')] } };
    case 'extractChanges':
    case 'repairChanges':
      return { value: prompt.includes(OFFICIAL) ? known : extraction({}) };
    case 'extractChangesTogether': {
      const number = Number(new RegExp(`^(\\d)\\| .*${OFFICIAL}`, 'm').exec(prompt)?.[1]);
      return { value: { outputs: Number.isNaN(number) ? [] : [{ output: number, ...known }] } };
    }
    case 'writeQuery':
    case 'repairQuery':
      return { value: { query: (tried.asks ?? WHO).query } };
    case 'parseAnswer':
      return { value: answer(/\nRows:\n[^\n]*\n([^\n|]+)/.exec(prompt)?.[1] ?? '') };
    case 'answerDirectly':
      return { value: answer(/\("([^"]+)"\)-\[:LEADS/.exec(prompt)?.[1] ?? 'unknown') };
    case 'chooseAnswer':
      return { value: { choice: 1 } };
    case 'ask_model':
      return { text: `I do not know of it: ${prompt.slice(0, 200)}` };
  }
}

const known = extraction({
  nodes: [node('Peru', { population: 34_000_000 })],
  edges: [edge('Ada Vega', 'LEADS', 'Peru', { since: 2019 })],
});
