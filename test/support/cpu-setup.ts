import { afterAll, expect } from 'vitest';
import { readFileSync, appendFileSync } from 'node:fs';

const began = Date.now();
const use = (): number[] => {
  const s = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  return [(s[11]! + s[12]!) / 100, (s[13]! + s[14]!) / 100];
};
const [u0, c0] = use();
afterAll(() => {
  const [u, c] = use();
  appendFileSync(
    '/tmp/ci/cpu.txt',
    `${expect.getState().testPath?.replace(/^.*\/test\//, 'test/')} wall ${((Date.now() - began) / 1000).toFixed(1)} self ${(u! - u0!).toFixed(1)} children ${(c! - c0!).toFixed(1)}\n`,
  );
});
