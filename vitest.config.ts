import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { keepFilesInMemory } from './test/support/files-in-memory.ts';
import LongestFirst from './test/support/longest-first.ts';

const UNIT = 'test/unit/**/*.test.ts';

keepFilesInMemory();

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'forks',
    // Many files wait for servers, and for what they let time out.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // To load what they test takes longer than most files do: a process does that once, for one file after the other.
    isolate: false,
    setupFiles: ['./test/support/environment-restored.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // Commands, workers and threads of tests start many times.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    projects: [
      { extends: true, test: { name: 'unit', include: [UNIT] } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [UNIT],
          globalSetup: ['./test/support/graph-servers-setup.ts'],
        },
      },
    ],
  },
});
