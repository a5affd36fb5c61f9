import { afterEach, describe, expect, it, vi } from 'vitest';
import { plainLogger } from '../../workers/plain-logger.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What is written to stderr meanwhile. */
function written(work: () => void): string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  work();
  return write.mock.calls.map(([text]) => String(text)).join('');
}

describe('the log of a worker', () => {
  it('holds neither secrets nor what a terminal obeys, wherever in an error they stand', () => {
    vi.stubEnv('A_KEY', 'sk-canary-1234');
    const error = Object.assign(new Error('\u001b[2Jnot with sk-canary-1234'), { request: 'sk-canary-1234\u202e' });
    const text = written(() => plainLogger('WARN').warn('Activity failed', { error, workflowId: 'w' }));
    expect(text).toContain('[WARN] Activity failed {');
    expect(text).toContain('\\u{1b}[2Jnot with [A_KEY]');
    expect(text).toContain("workflowId: 'w'");
    expect(text).not.toMatch(/sk-canary|\u001b|\u202e/);
  });

  it('leaves out what is less than its level, and needs nothing beside a message', () => {
    const text = written(() => {
      plainLogger('WARN').info('nothing');
      plainLogger('INFO').info('something');
    });
    expect(text).toMatch(/^\S+Z \[INFO\] something\n$/);
  });
});
