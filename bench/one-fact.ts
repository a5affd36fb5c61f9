import type { ToolCall } from '../src/domain/tools.ts';
import type { StubReply, StubRequest } from './stub-model.ts';

/** Plays the model: one fact is missing, which a tool call finds, then the graph holds it. */
export function oneFact(call: ToolCall): (request: StubRequest) => StubReply {
  return ({ step, prompt }) => {
    switch (step) {
      case 'decideNextStep':
        return prompt.includes('LEADS')
          ? { value: { facts: [], next: 'SOLVE', how: 'The node that LEADS Peru.' } }
          : { value: { facts: [{ fact: 'Who leads Peru?', value: '?' }], next: 'ENHANCE', how: '' } };
      case 'chooseTools':
        return { value: { calls: [call] } };
      case 'extractChanges':
        return {
          value: {
            nodes: [
              { name: 'Ada Vega', label: 'Person', properties: [] },
              { name: 'Peru', label: 'Country', properties: [] },
            ],
            edges: [{ from: 'Ada Vega', type: 'LEADS', to: 'Peru', properties: [] }],
            retract: [],
          },
        };
      case 'writeQuery':
        return { value: { query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' } };
      case 'parseAnswer':
        return { value: { calculate: '', answer: 'Ada Vega' } };
      default:
        return { text: 'ok' };
    }
  };
}
