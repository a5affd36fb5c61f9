import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { runFolder } from '../domain/run.ts';

/**
 * The folders that runs with this workflow id have left in the artifact store, the newest last: what is still there when
 * Temporal knows the run no more.
 */
export async function runFoldersOf(artifacts: ArtifactStore, id: string): Promise<string[]> {
  const prefix = runFolder(id, '');
  const names = await artifacts.list('runs');
  const folders = new Set(names.map((name) => name.split('/')[1]!));
  // What follows the id are the first digits of the execution's UUID, which begins with its time.
  return [...folders].filter((folder) => folder.startsWith(prefix) && folder.length === prefix.length + 8).sort();
}
