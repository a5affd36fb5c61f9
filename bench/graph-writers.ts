import { setTimeout as delay } from 'node:timers/promises';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { graphServers } from '../src/config/services-state.ts';
import type { GraphBackEnd } from '../src/domain/run.ts';
import { BatchLog } from '../src/graph/batches.ts';
import { toDocument } from '../src/graph/export.ts';
import { GraphUnavailable } from '../src/graph/graph-store.ts';
import { GraphStores } from '../src/graph/stores.ts';
import { canonicalJson } from '../src/domain/text.ts';
import { batchOf, people } from './graph/material.ts';

/** Runs that are written at once. */
const RUNS = 4;

/**
 * Writes batch after batch to a graph server, from several runs at once, each batch again until it is acknowledged, as
 * the activity `graph.apply` is.
 */
export class GraphWriters {
  readonly #stores: GraphStores;
  readonly #log: BatchLog;
  readonly #backEnd: GraphBackEnd;
  readonly #names: string[];
  readonly #working: Promise<number[]>;
  #ended = false;

  constructor(
    backEnd: GraphBackEnd,
    { data, artifactsDirectory, name }: { data: string; artifactsDirectory: string; name: string },
  ) {
    const artifacts = openDirectoryStore(artifactsDirectory);
    this.#stores = new GraphStores({ artifacts, servers: () => graphServers(data) });
    this.#log = new BatchLog(artifacts);
    this.#backEnd = backEnd;
    this.#names = Array.from({ length: RUNS }, (_, index) => `${name}-writer-${index}`);
    this.#working = Promise.all(this.#names.map((run) => this.#write(run)));
    // It is heard of when the writing is ended.
    this.#working.catch(() => undefined);
  }

  /** Lets each writer end with the batch that it is at. */
  stop(): void {
    this.#ended = true;
  }

  /** Ends the writing, and looks at what became of it. @returns what must never be: an acknowledged batch that is not there, or one that is there twice */
  async end(): Promise<string[]> {
    this.stop();
    const acknowledged = await this.#working;
    const store = this.#stores.of(this.#backEnd);
    const problems: string[] = [];
    for (const [index, run] of this.#names.entries()) {
      const batches = await this.#log.read(run);
      const stored = await store.stored(run);
      if (batches.revision !== acknowledged[index]) {
        problems.push(`${run} has ${batches.revision} batches, and ${acknowledged[index]} were acknowledged`);
      }
      if (canonicalJson(toDocument(stored)) !== canonicalJson(toDocument(batches))) {
        problems.push(`${run} is not on the server what its batches say`);
      }
      await store.drop(run);
    }
    await this.#stores.close();
    return problems;
  }

  async #write(run: string): Promise<number> {
    for (let revision = 1; ; revision += 1) {
      if (this.#ended) return revision - 1;
      const batch = batchOf(revision, people(20, 30, (revision - 1) * 20));
      for (;;) {
        try {
          await this.#stores.of(this.#backEnd).apply(run, batch);
          break;
        } catch (error) {
          if (!(error instanceof GraphUnavailable)) throw error;
          await delay(error.retryAfter);
        }
      }
    }
  }
}
