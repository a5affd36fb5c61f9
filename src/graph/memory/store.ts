import { LRUCache } from 'lru-cache';
import type { BatchLog } from '../batches.ts';
import { readBatch } from '../batches.ts';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import type { Graph } from '../../domain/graph.ts';
import type { GraphStore } from '../graph-store.ts';
import type { GraphStoreParts } from '../stores.ts';
import { onBatches } from '../projection/on-batches.ts';
import { MemoryGraph } from './memory-graph.ts';
import { RunLocks } from './run-locks.ts';

/** Runs whose graphs are kept; one that is not is made again from its batches. */
const RUNS = 64;

/**
 * The graph store that holds each run's newest graph in graphology, changed in place: many readers or one writer a run,
 * runs independent of each other. Batches go to the log first; any worker makes the graph again from them.
 */
export function openMemoryStore(parts: GraphStoreParts): GraphStore {
  const { artifacts, log } = parts;
  const graphs = new MemoryGraphs(artifacts, log);
  return {
    ...onBatches(parts),
    apply: (run, batch) =>
      graphs.write(run, async () => {
        const { before, after } = await log.append(run, batch);
        const graph = await graphs.catchUp(run, before);
        if (graph.revision === before.revision) graph.follow(before, after, batch);
        return after;
      }),
    describe: (run) => graphs.read(run, (graph) => graph.describe()),
    neighbours: (run, keys, limits) => graphs.read(run, (graph) => graph.neighbours(keys, limits)),
    stored: (run) => graphs.read(run, (graph) => graph.snapshot()),
    drop: (run) =>
      graphs.write(run, async () => {
        await log.drop(run);
        graphs.forget(run);
      }),
    close: () => Promise.resolve(),
  };
}

/** The runs' graphs, each under its lock. */
class MemoryGraphs {
  readonly #artifacts: ArtifactStore;
  readonly #log: BatchLog;
  readonly #locks = new RunLocks();
  readonly #graphs = new LRUCache<string, MemoryGraph>({ max: RUNS });

  constructor(artifacts: ArtifactStore, log: BatchLog) {
    this.#artifacts = artifacts;
    this.#log = log;
  }

  /** Reads a run's newest graph. */
  async read<T>(run: string, work: (graph: MemoryGraph) => T): Promise<T> {
    const read = await this.#locks.read(run, async () => {
      const graph = this.#graphs.get(run);
      return graph === undefined || (await this.#isBehind(run, graph)) ? undefined : { value: work(graph) };
    });
    // Another worker, or nobody yet, has written: who brings the graph up to date is its writer.
    return read === undefined ? this.write(run, async () => work(await this.catchUp(run))) : read.value;
  }

  /** Works on a run's graph alone. */
  write<T>(run: string, work: () => Promise<T>): Promise<T> {
    return this.#locks.write(run, work);
  }

  /** Brings a run's graph to the end of its batches, or to where `known` is. Only for whoever has the run alone. */
  async catchUp(run: string, known?: Graph): Promise<MemoryGraph> {
    let graph = this.#graphs.get(run);
    if (graph === undefined) this.#graphs.set(run, (graph = new MemoryGraph()));
    if (known !== undefined && graph.revision >= known.revision) return graph;
    let before = await this.#log.read(run, graph.revision);
    for await (const batch of this.#log.after(run, graph.revision)) {
      if (batch.base === known?.revision) break;
      const after = await this.#log.read(run, batch.revision);
      graph.follow(before, after, batch);
      before = after;
    }
    return graph;
  }

  forget(run: string): void {
    this.#graphs.delete(run);
  }

  async #isBehind(run: string, { revision }: MemoryGraph): Promise<boolean> {
    return (await readBatch(this.#artifacts, run, revision + 1)) !== undefined;
  }
}
