import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach } from 'vitest';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { Batch } from '../../src/domain/changes.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import type { OpenStore } from './conformance.ts';

/** The store of a suite, and the run of the test that is running. */
export interface OwnRuns {
  readonly store: GraphStore;
  readonly run: string;
}

/**
 * Opens one store for all tests of the suite around it, with its query processes, as one worker has one for many runs. Each test has a
 * run of its own in it, of which these are the batches.
 */
export function ownRuns(open: OpenStore, ...batches: Batch[]): OwnRuns {
  let store: GraphStore;
  let runs = 0;
  const run = (): string => `r${runs}`;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
    store = await open(openDirectoryStore(folder));
    return async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    };
  });
  beforeEach(async () => {
    runs += 1;
    for (const batch of batches) await store.apply(run(), batch);
  });
  return {
    get store() {
      return store;
    },
    get run() {
      return run();
    },
  };
}
