import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Batch } from '../domain/changes.ts';
import { checkBatch } from '../domain/check-batch.ts';
import { applyBatch, emptyGraph } from '../domain/graph.ts';
import type { Graph } from '../domain/graph.ts';
import { canonicalJson } from '../domain/text.ts';
import { RevisionConflict } from './graph-store.ts';

/** The folder of a run's batches in the artifact store. */
function folderOf(run: string): string {
  return `runs/${run}/graph`;
}

/** The artifact that holds the batch of a revision of a run's graph. */
export function batchName(run: string, revision: number): string {
  return `${folderOf(run)}/${String(revision).padStart(6, '0')}`;
}

/** @returns undefined when the graph has no such revision */
export async function readBatch(artifacts: ArtifactStore, run: string, revision: number): Promise<Batch | undefined> {
  const bytes = await artifacts.read(batchName(run, revision));
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as Batch);
}

/** The batches of a run's graph from the first on, in their order. */
export async function* readBatches(artifacts: ArtifactStore, run: string, from = 1): AsyncGenerator<Batch> {
  for (let revision = from; ; revision += 1) {
    const batch = await readBatch(artifacts, run, revision);
    if (batch === undefined) return;
    yield batch;
  }
}

/** The artifact that tells one artifact store from another. */
const ID = 'graph-store-id';

/** Graphs kept in memory: each run's newest, and older revisions that were read. */
const GRAPHS = 64;

/**
 * The batches of all runs' graphs, and their fold: what every back end's graph is made of, and made again from. Any worker
 * continues it.
 */
export class BatchLog {
  readonly #artifacts: ArtifactStore;
  #id: Promise<string> | undefined;
  /** By run the newest, by `run@revision` older ones. A kept graph is never changed. */
  readonly #graphs = new LRUCache<string, Graph>({ max: GRAPHS });

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /**
   * Works out what a batch makes of a graph, and begins to write it down, exclusively and synced to disk.
   *
   * @returns the graph before and after it, which is to count once `written` is fulfilled
   * @throws {InvalidBatch | RangeError | RevisionConflict} see {@link GraphStore.apply}; `written` rejects with the last, too
   */
  async beginAppend(run: string, batch: Batch): Promise<{ before: Graph; after: Graph; written: Promise<void> }> {
    checkBatch(batch);
    const before = await this.read(run, batch.base);
    const content = JSON.stringify(batch);
    // As it is read again: what the caller holds may change later.
    const after = applyBatch(before, JSON.parse(content) as Batch);
    const written = this.#write(run, batch.revision, content).then(() => {
      this.#keep(run, after);
      // It shares almost all with what came of it.
      this.#keep(run, before);
    });
    // Whoever never comes to wait for it has failed before.
    written.catch(() => undefined);
    return { before, after, written };
  }

  /**
   * Writes a batch down, exclusively and synced to disk.
   *
   * @returns the graph before and after it
   * @throws {InvalidBatch | RangeError | RevisionConflict} see {@link GraphStore.apply}
   */
  async append(run: string, batch: Batch): Promise<{ before: Graph; after: Graph }> {
    const { written, ...graphs } = await this.beginAppend(run, batch);
    await written;
    return graphs;
  }

  async #write(run: string, revision: number, content: string): Promise<void> {
    if (await this.#artifacts.create(batchName(run, revision), content)) return;
    const existing = await readBatch(this.#artifacts, run, revision);
    // Equal content may have its members in another order.
    if (canonicalJson(existing) !== canonicalJson(JSON.parse(content))) {
      throw new RevisionConflict({ run, revision, reason: 'exists with other content' });
    }
  }

  /**
   * The newest revision as far as this process knows: that of the last {@link read} or {@link append}, without a look at
   * the disk.
   */
  async knownRevision(run: string): Promise<number> {
    return (this.#graphs.get(run) ?? (await this.read(run))).revision;
  }

  /** Folds on from the newest graph that is kept, up to `revision` or to the end. */
  async read(run: string, revision = Infinity): Promise<Graph> {
    const kept = this.#graphs.get(`${run}@${revision}`);
    if (kept !== undefined) return kept;
    const newest = this.#graphs.get(run);
    let graph = newest !== undefined && newest.revision <= revision ? newest : emptyGraph();
    while (graph.revision < revision) {
      const batch = await readBatch(this.#artifacts, run, graph.revision + 1);
      if (batch === undefined) break;
      graph = applyBatch(graph, batch);
    }
    if (revision !== Infinity && graph.revision < revision) {
      throw new RevisionConflict({ run, revision, reason: `does not exist: the newest is ${graph.revision}` });
    }
    this.#keep(run, graph);
    return graph;
  }

  #keep(run: string, graph: Graph): void {
    const newest = this.#graphs.get(run);
    if (newest === undefined || graph.revision > newest.revision) this.#graphs.set(run, graph);
    else if (graph !== newest) this.#graphs.set(`${run}@${graph.revision}`, graph);
  }

  /**
   * What a run is called on a server that several artifact stores may share: runs of one name in two stores are two graphs.
   */
  async globalName(run: string): Promise<string> {
    this.#id ??= this.#readId();
    return `${run}@${await this.#id}`;
  }

  async #readId(): Promise<string> {
    await this.#artifacts.create(ID, randomBytes(4).toString('hex'));
    return (await this.#artifacts.read(ID))!.toString();
  }

  /** Batches after `revision`, as they are on disk. */
  after(run: string, revision: number): AsyncGenerator<Batch> {
    return readBatches(this.#artifacts, run, revision + 1);
  }

  /** Forgets a run's batches, the newest first: what is there at any moment is a graph. */
  async drop(run: string): Promise<void> {
    for (const name of (await this.#artifacts.list(folderOf(run))).reverse()) await this.#artifacts.remove(name);
    for (const key of [...this.#graphs.keys()]) if (key === run || key.startsWith(`${run}@`)) this.#graphs.delete(key);
  }
}
