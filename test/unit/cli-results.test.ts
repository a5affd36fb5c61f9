import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Question } from '../../cli/eval/data.ts';
import { evaluationHash, resultRow, Results } from '../../cli/eval/results.ts';
import type { ResultRow } from '../../cli/eval/results.ts';
import { UserError } from '../../cli/errors.ts';
import { emptyLedger } from '../../src/domain/ledger.ts';
import { temporaryFolder } from '../support/folders.ts';

const EVALUATION = { evaluation: 'abc', batch: 'eval-abc', startedAt: '2026-11-24T00:00:00.000Z' };
const IDS = ['q1', 'q2', 'q3'];

const QUESTION: Question = {
  id: 'q1',
  question: 'Who?',
  answer: 'Ada Vega',
  aliases: ['A. Vega'],
  decomposition: [],
  paragraphs: [],
};

function row(id: string): ResultRow {
  const ledger = { ...emptyLedger(), calls: 3, inputTokens: 100, outputTokens: 10, dollars: 0.5 };
  return {
    ...resultRow(QUESTION, { id, workflowId: `w/${id}`, answer: 'Ada Vega', rounds: 1, ledger, seconds: 2 }),
    id,
  };
}

let file: string;
beforeEach(() => {
  file = join(temporaryFolder(), 'deep', 'results.jsonl');
});

const lines = (): unknown[] => {
  const text = readFileSync(file, 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as unknown);
};

/** A file of an evaluation that was interrupted after some of its questions. */
function interrupted(...ids: string[]): void {
  Results.start(file, EVALUATION, ids.map(row));
}

describe('Results', () => {
  it('are a line that names the evaluation, then a line a question, as they come', () => {
    const results = Results.start(file, EVALUATION);
    for (const id of ['q2', 'q1']) results.add(row(id));
    expect(lines()).toEqual([EVALUATION, row('q2'), row('q1')]);
  });

  it('hold a question once', () => {
    const results = Results.start(file, EVALUATION);
    results.add(row('q1'));
    results.add({ ...row('q1'), answer: 'another' });
    expect(lines()).toEqual([EVALUATION, row('q1')]);
  });

  it('of an interrupted evaluation are taken up where they ended', () => {
    interrupted('q1', 'q2');
    const results = Results.readUnfinished(file, 'abc', IDS)!;
    expect(results.evaluation).toEqual(EVALUATION);
    expect([...results.rows.keys()]).toEqual(['q1', 'q2']);
    results.add(row('q3'));
    expect(lines()).toEqual([EVALUATION, ...IDS.map(row)]);
  });

  it.each([1, 20, 200])('tolerate a last line of which only %i characters were written', (length) => {
    interrupted('q1');
    appendFileSync(file, JSON.stringify(row('q2')).slice(0, length));
    const results = Results.readUnfinished(file, 'abc', IDS)!;
    expect([...results.rows.keys()]).toEqual(['q1']);
    results.add(row('q2'));
    expect(lines()).toEqual([EVALUATION, row('q1'), row('q2')]);
  });

  it('tolerate a last line without its line end', () => {
    interrupted('q1');
    appendFileSync(file, JSON.stringify(row('q2')));
    Results.readUnfinished(file, 'abc', IDS)!.add(row('q3'));
    expect(lines()).toEqual([EVALUATION, ...IDS.map(row)]);
  });

  it('of a finished evaluation are started anew', () => {
    interrupted(...IDS);
    expect(Results.readUnfinished(file, 'abc', IDS)).toBeUndefined();
    Results.start(file, EVALUATION);
    expect(lines()).toEqual([EVALUATION]);
  });

  it('are none where there is no file, or an empty one', () => {
    expect(Results.readUnfinished(file, 'abc', IDS)).toBeUndefined();
    interrupted();
    writeFileSync(file, '');
    expect(Results.readUnfinished(file, 'abc', IDS)).toBeUndefined();
  });

  it('of another evaluation are refused and left alone', () => {
    interrupted('q1');
    const before = readFileSync(file, 'utf8');
    const read = (): unknown => Results.readUnfinished(file, 'other', IDS);
    expect(read).toThrow(UserError);
    expect(read).toThrow(/results of another evaluation .*: give another file with --results, or remove it/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each(['# notes\nmore', '{"other": true}\n', '[1]\n', 'null\n'])(
    'are not looked for in a file that holds %j',
    (text) => {
      interrupted();
      writeFileSync(file, text);
      expect(() => Results.readUnfinished(file, 'abc', IDS)).toThrow(/holds no results of an evaluation/);
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('that cannot be written are an error that names the file', () => {
    interrupted();
    expect(() => Results.start(join(file, 'below'), EVALUATION)).toThrow(/cannot be written to .*below/);
  });
});

describe('resultRow', () => {
  it('scores an answer by all accepted spellings, and takes its cost from the ledger', () => {
    const ledger = { ...emptyLedger(), calls: 3, unknown: 1, inputTokens: 100, outputTokens: 10, dollars: 0.5 };
    const parts = { id: 'q1', workflowId: 'w', rounds: 2, endReason: 'solved', seconds: 1 } as const;
    expect(resultRow(QUESTION, { ...parts, answer: 'a vega', ledger })).toMatchObject({
      ...{ exactMatch: true, f1: 1, gold: 'Ada Vega', rounds: 2, endReason: 'solved' },
      ...{ calls: 3, unknown: 1, inputTokens: 100, outputTokens: 10, dollars: 0.5 },
    });
  });

  it('of a run that failed has no answer, no score and its error', () => {
    const failed = resultRow(QUESTION, { id: 'q1', workflowId: 'w', error: 'no model', seconds: 1 });
    expect(failed).toMatchObject({ answer: null, exactMatch: false, f1: 0, dollars: null, error: 'no model' });
  });

  it('does not take an unknown price for zero', () => {
    const ledger = { ...emptyLedger(), calls: 3, unpriced: 1, dollars: 0.5 };
    expect(resultRow(QUESTION, { id: 'q1', workflowId: 'w', answer: '', ledger, seconds: 1 }).dollars).toBeNull();
  });
});

describe('evaluationHash', () => {
  it('is the same for the same options in any order, and another for others', () => {
    expect(evaluationHash({ a: 1, b: [2] })).toBe(evaluationHash({ b: [2], a: 1 }));
    expect(evaluationHash({ a: 1 })).not.toBe(evaluationHash({ a: 2 }));
  });
});
