import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callPath } from '../../src/domain/calls.ts';
import { isLocal, modelLabel } from '../../src/domain/models.ts';
import { DEFAULT_OPTIONS, fillOptions, runFolder } from '../../src/domain/run.ts';
import { describeToolCall } from '../../src/domain/tools.ts';
import { SEEDED } from '../support/property.ts';

describe('fillOptions', () => {
  it('gives the defaults of the reference implementation where nothing was said', () => {
    const reference = { rounds: 7, votes: 5, repairs: 3, regenerations: 3, finalParses: 3, retrieval: 'query' };
    const approval = { timeoutSeconds: 86_400, reminderSeconds: 3_600 };
    expect(fillOptions()).toEqual({
      ...{ ...reference, graph: 'embedded', remember: false, recall: false, approval },
      whenOutOfBudget: 'answer',
    });
    expect(fillOptions({})).toEqual(DEFAULT_OPTIONS);
  });

  it('keeps what was said, zeros included, and takes undefined for nothing', () => {
    expect(fillOptions({ rounds: 2, repairs: 0, votes: undefined, budget: { tokens: 9 } })).toEqual({
      ...DEFAULT_OPTIONS,
      rounds: 2,
      repairs: 0,
      budget: { tokens: 9 },
    });
  });

  it('leaves out models and queues, which are settled elsewhere', () => {
    const model = { provider: 'openai', name: 'gpt-4o-mini' };
    const options = { models: { planner: model, executor: model }, toolQueues: ['ours'] };
    expect(Object.keys(fillOptions(options)).sort()).toEqual(Object.keys(DEFAULT_OPTIONS).sort());
  });

  it('fills in what was not said of approvals', () => {
    expect(fillOptions({ approval: { timeoutSeconds: 60 } }).approval).toEqual({
      timeoutSeconds: 60,
      reminderSeconds: 3_600,
    });
  });

  it('leaves the defaults as they are', () => {
    fillOptions({ rounds: 1 }).votes = 99;
    expect(DEFAULT_OPTIONS.votes).toBe(5);
  });
});

describe('runFolder', () => {
  it('is one name of a folder, whatever the workflow is called', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.uuid(), (workflowId, runId) => {
        const folder = runFolder(workflowId, runId);
        expect(folder).toMatch(/^[A-Za-z0-9._~-]+$/);
        expect(folder).not.toMatch(/^\.{1,2}$/);
        expect(folder.length).toBeLessThanOrEqual(109);
      }),
      SEEDED,
    );
  });

  it.each(['../../etc/passwd', 'a/b\\c', 'a\0b', '..', '.', '', 'C:\\x', 'über/漢字'])(
    'of %j never leaves its place',
    (id) => {
      expect(runFolder(id, '0198f000-0000-7000-8000-000000000000')).toMatch(/^[A-Za-z0-9._-]*~0198f000$/);
    },
  );

  it('differs for two runs of one workflow id', () => {
    expect(runFolder('q', '11111111-aaaa')).not.toBe(runFolder('q', '22222222-aaaa'));
  });
});

describe('callPath', () => {
  it('sorts as the rounds of a run follow each other', () => {
    const at = (round: number): string => callPath({ round, step: 'model.writeQuery', sample: '0', ask: 0 });
    expect([12, 2, 100].map(at).sort()).toEqual([at(2), at(12), at(100)]);
    expect(at(2)).toBe('002.model.writeQuery.0.0');
  });
});

describe('describeToolCall', () => {
  it('reads as a call, and is cut where it is too long', () => {
    expect(describeToolCall({ tool: 'search', input: { query: 'Peru' } })).toBe('search({"query":"Peru"})');
    const long = describeToolCall({ tool: 'search', input: { query: 'x'.repeat(500) } });
    expect(long).toHaveLength(160);
    expect(long).toMatch(/…\)$/);
  });
});

describe('a model', () => {
  it.each([
    ['ollama without an address', { provider: 'ollama', name: 'x' }, true],
    ['recorded', { provider: 'recorded', name: 'x' }, true],
    ['at 127.0.0.1', { provider: 'openai-compatible', name: 'x', url: 'http://127.0.0.1:8011/v1' }, true],
    ['at localhost', { provider: 'openai-compatible', name: 'x', url: 'https://localhost/v1' }, true],
    ['at ::1', { provider: 'openai-compatible', name: 'x', url: 'http://[::1]:8011/v1' }, true],
    ['at another host', { provider: 'ollama', name: 'x', url: 'http://gpu.internal:11434/v1' }, false],
    ['at a host that looks like this one', { provider: 'x', name: 'x', url: 'http://127.0.0.1.example.com/v1' }, false],
    ['at a host that begins like this one', { provider: 'x', name: 'x', url: 'http://localhost.example.com' }, false],
    ['of a provider', { provider: 'openai', name: 'gpt-4o-mini' }, false],
  ])('%s: is it local?', (_, model, local) => {
    expect(isLocal(model)).toBe(local);
  });

  it('is shown as provider and name', () => {
    expect(modelLabel({ provider: 'ollama', name: 'llama3:8b' })).toBe('ollama:llama3:8b');
  });
});
