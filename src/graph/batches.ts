import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Batch } from '../domain/changes.ts';

/** The artifact that holds the batch of a revision of a run's graph. */
export function batchName(run: string, revision: number): string {
  return `runs/${run}/graph/${String(revision).padStart(6, '0')}`;
}

/** @returns undefined when the graph has no such revision */
export async function readBatch(artifacts: ArtifactStore, run: string, revision: number): Promise<Batch | undefined> {
  const bytes = await artifacts.read(batchName(run, revision));
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as Batch);
}

/** The batches of a run's graph from the first on, in their order. */
export async function* readBatches(artifacts: ArtifactStore, run: string): AsyncGenerator<Batch> {
  for (let revision = 1; ; revision += 1) {
    const batch = await readBatch(artifacts, run, revision);
    if (batch === undefined) return;
    yield batch;
  }
}
