import type { ArtifactStore } from '../artifacts/artifact-store.ts';

/** A run's budget scopes, kept beside its call records: costs are told by them when Temporal has forgotten the run. */

export async function keepScopes(store: ArtifactStore, run: string, scopes: readonly string[]): Promise<void> {
  if (scopes.length > 0) await store.create(nameOf(run), JSON.stringify(scopes));
}

/** @param run the run's folder */
export async function readScopes(store: ArtifactStore, run: string): Promise<string[]> {
  const bytes = await store.read(nameOf(run));
  return bytes === undefined ? [] : (JSON.parse(bytes.toString()) as string[]);
}

function nameOf(run: string): string {
  return `runs/${run}/scopes`;
}
