import { afterAll } from 'vitest';

const before = { ...process.env };

/** Files run one after the other in one process: what a file sets in the environment ends with it. */
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
});
