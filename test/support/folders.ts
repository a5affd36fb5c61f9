import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';

/** A folder of the test's own, gone when it is finished. Call it inside a test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An artifact store in a folder of the test's own. */
export function temporaryStore(): ArtifactStore {
  return openDirectoryStore(temporaryFolder());
}
