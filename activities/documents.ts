import { LRUCache } from 'lru-cache';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import type { RunContext } from '../src/domain/activities.ts';
import type { DocumentReference } from '../src/domain/run.ts';

const lists = new LRUCache<string, readonly DocumentReference[]>({ max: 100 });

/** The documents of a run: the same list for all its calls. */
export async function loadDocuments(
  artifacts: ArtifactStore,
  { documentsSha256 }: RunContext,
): Promise<readonly DocumentReference[]> {
  let list = lists.get(documentsSha256);
  if (list === undefined) {
    list = JSON.parse((await artifacts.getContent(documentsSha256)).toString()) as DocumentReference[];
    lists.set(documentsSha256, list);
  }
  return list;
}
