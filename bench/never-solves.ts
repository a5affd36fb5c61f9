import type { ToolCall } from '../src/domain/tools.ts';

/** Answers of a model that never solves: each round makes a call of its own, and a run goes on until rounds or budget are used up. */
export function neverSolves(callOf: (earlier: number) => ToolCall): (step: string, earlier: number) => unknown {
  return (step, earlier) => {
    switch (step) {
      case 'decideNextStep':
        return { facts: [{ fact: 'Who leads Peru?', value: '?' }], next: 'ENHANCE', how: '' };
      case 'chooseTools':
        return { calls: [callOf(earlier)] };
      case 'extractChanges':
        return {
          nodes: ['Ada Vega', 'Peru'].map((name) => ({ name, label: 'Thing', properties: [] })),
          edges: [{ from: 'Ada Vega', type: `LEADS_${earlier}`, to: 'Peru', properties: [] }],
          retract: [],
        };
      case 'writeQuery':
        return { query: 'MATCH (p)-[]->(c) RETURN DISTINCT p.name' };
      default:
        return { calculate: '', answer: 'Ada Vega' };
    }
  };
}
