import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costAsReference, costCsv, costRows, costTotal } from '../../src/cost/cost-report.ts';
import type { CostEntry } from '../../src/cost/cost-report.ts';

function entry(parts: Partial<CostEntry> = {}): CostEntry {
  return {
    run: 'r',
    id: '001.model.decideNextStep.0.0/1',
    kind: 'model',
    name: 'decideNextStep',
    model: 'openai:x',
    known: true,
    inputTokens: 100,
    cachedInputTokens: 40,
    outputTokens: 10,
    dollars: 0.01,
    startedAt: '2026-11-28T08:00:00.000Z',
    endedAt: '2026-11-28T08:00:01.500Z',
    ...parts,
  };
}

const VOTE = entry();
const SEARCH = entry({
  ...{ id: '001.tool.web_search.0.0/1', kind: 'tool', name: 'web_search', dollars: 0.005 },
  ...{ inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
});
const ASKED_BY_TOOL = entry({ id: '001.tool.ask_model.1.0.generate.0/1', name: 'ask_model', dollars: 0.02 });
const UNPRICED = entry({ id: '002.model.parseAnswer.0.0/1', name: 'parseAnswer', model: 'ollama:y', dollars: null });
const { endedAt: _never, ...LOST } = entry({
  ...{ id: '002.model.parseAnswer.0.0/2', name: 'parseAnswer', known: false, inputTokens: 2_000, outputTokens: 0 },
});
const ALL = [VOTE, SEARCH, ASKED_BY_TOOL, UNPRICED, LOST];

describe('costs', () => {
  it('are added up by step, the dearest first, with what is unknown apart', () => {
    const rows = costRows(ALL, 'step');
    expect(rows.map(({ name, dollars }) => [name, dollars])).toEqual([
      ['model.ask_model', 0.02],
      ['model.decideNextStep', 0.01],
      ['tool.web_search', 0.005],
      ['model.parseAnswer', 0],
    ]);
    expect(rows[3]).toMatchObject({ calls: 1, unknown: 1, unpriced: 1, inputTokens: 100, seconds: 1.5 });
    expect(costTotal(ALL)).toMatchObject({ calls: 4, unknown: 1, unpriced: 1, dollars: 0.035, seconds: 6 });
  });

  it('are added up by tool with what a tool asked of models, by model, and by run', () => {
    expect(costRows(ALL, 'tool').map(({ name, dollars }) => [name, dollars])).toEqual([
      ['ask_model', 0.02],
      ['web_search', 0.005],
    ]);
    expect(costRows(ALL, 'model').map(({ name }) => name)).toEqual(['openai:x', 'ollama:y']);
    expect(costRows([VOTE, { ...VOTE, run: 's' }], 'run').map(({ name }) => name)).toEqual(['r', 's']);
  });

  it('lose nothing to any grouping: the rows add up to the total', () => {
    const any = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      dollars: fc.option(fc.integer({ min: 0, max: 100 })),
      known: fc.boolean(),
      inputTokens: fc.nat(1_000),
    });
    fc.assert(
      fc.property(fc.array(any), fc.constantFrom('step' as const, 'model' as const, 'run' as const), (parts, by) => {
        const entries = parts.map((part) => entry(part));
        const rows = costRows(entries, by);
        const total = costTotal(entries);
        for (const field of ['calls', 'unknown', 'unpriced', 'inputTokens', 'dollars'] as const) {
          expect(rows.reduce((sum, row) => sum + row[field], 0)).toBe(total[field]);
        }
      }),
    );
  });

  it('are a line each as CSV, whatever names hold, and nothing that a spreadsheet would work out', () => {
    const odd = entry({ name: 'a "b", c\nd', model: '=HYPERLINK("x")', dollars: null, failed: true });
    const rows = parse(costCsv([VOTE, odd]), { columns: true });
    expect(rows).toMatchObject([
      { run: 'r', name: 'decideNextStep', known: 'true', failed: 'false', inputTokens: '100', dollars: '0.01' },
      { name: 'a "b", c\nd', model: '\'=HYPERLINK("x")', failed: 'true', dollars: '' },
    ]);
  });

  it('are written as KGoT’s own implementation writes them, with its totals', () => {
    const { calls, totals } = costAsReference(ALL);
    const lines = calls
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual({
      FunctionName: 'decideNextStep',
      StartTime: 1795852800,
      EndTime: 1795852801.5,
      Model: 'openai:x',
      PromptTokens: 100,
      CompletionTokens: 10,
      Cost: 0.01,
    });
    expect(lines[3]).toMatchObject({ FunctionName: 'parseAnswer', Cost: null });
    expect(JSON.parse(totals)).toMatchObject({
      decideNextStep: { TotalPromptTokens: 100, TotalCompletionTokens: 10, TotalCost: 0.01, TotalDuration: 1.5 },
      FinalTotal: { TotalPromptTokens: 300, TotalCompletionTokens: 30, TotalCost: 0.035, TotalDuration: 6 },
    });
  });
});
