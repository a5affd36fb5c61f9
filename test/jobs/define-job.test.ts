import { describe, expect, test } from 'vitest';
import { defineJob, isJob } from '../../src/jobs/index.ts';

describe('defineJob', () => {
  test('gives a job that can be told from what looks like one', () => {
    const job = defineJob({ name: 'squares', module: new URL('file:///jobs/squares.ts') });
    expect(job).toEqual({ name: 'squares', module: 'file:///jobs/squares.ts' });
    expect([isJob(job), isJob({ ...job }), isJob(undefined), isJob('squares')]).toEqual([true, false, false, false]);
    expect(defineJob({ name: 'a package’s', module: 'squares/job' }).module).toBe('squares/job');
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /The name of a job is undefined: give a text/],
    ['an empty name', { name: ' ', module: 'file:///a.ts' }, /The name of a job is " "/],
    ['no module', { name: 'squares' }, /The module of job squares is undefined: give a URL, as import\.meta\.resolve/],
    ['a relative path', { name: 'squares', module: './squares.ts' }, /is the path "\.\/squares\.ts"/],
    ['a path', { name: 'squares', module: '/jobs/squares.ts' }, /is the path "\/jobs\/squares\.ts"/],
  ])('refuses %s', (_, definition, message) => {
    expect(() => defineJob(definition as never)).toThrow(message);
  });
});
