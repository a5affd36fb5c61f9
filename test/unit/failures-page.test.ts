import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/command.ts';

const page = readFileSync(join(ROOT, 'docs/failures.md'), 'utf8');

it('each test that docs/failures.md names is there', () => {
  const named = new Set(page.match(/\btest\/[\w./-]+\.ts\b/g));
  expect(named.size).toBeGreaterThan(20);
  expect([...named].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

it('each case that docs/failures.md tells has a test', () => {
  const cases = page.split('\n').filter((line) => /^\| (?!case |-)/.test(line));
  expect(cases.length).toBeGreaterThan(40);
  expect(cases.filter((line) => !line.includes('`test/'))).toEqual([]);
});
