import { randomBytes } from 'node:crypto';
import type { Change } from '../../domain/changes.ts';
import type { Graph } from '../../domain/graph.ts';
import { KNOWLEDGE } from '../../domain/knowledge.ts';
import {
  mergeChanges,
  mergedSpellings,
  possibleMerges,
  possibleSplits,
  resolutionOf,
  splitChanges,
} from '../../domain/resolutions.ts';
import type { Merge, MergedSpelling } from '../../domain/resolutions.ts';
import type { GraphStore } from '../graph-store.ts';
import { changeKnowledge } from '../knowledge.ts';
import type { FoundCluster } from './resolve-knowledge.ts';

/** Merges and splits of one batch. */
const BATCH = 500;

export interface Merged {
  /** Names what was done: {@link splitResolution} undoes it. */
  resolution: string;
  graph: Graph;
  merged: Merge[];
  /** Those of which a node was gone meanwhile: they were left. */
  gone: Merge[];
}

/**
 * Merges the nodes that were found to be the same in the knowledge graph, in batches.
 *
 * @throws {KnowledgeBusy} when others were faster all the time; what was merged before stays
 */
export async function mergeFound(
  store: GraphStore,
  clusters: readonly FoundCluster[],
  resolution: string = newResolution(),
): Promise<Merged> {
  const merges = clusters.flatMap(({ key: into, others }) =>
    others.map(({ key, reason }): Merge => ({ key, into, reason })),
  );
  const merged: Merge[] = [];
  const gone: Merge[] = [];
  const graph = await inBatches(store, merges, {
    possible: possibleMerges,
    changes: (some) => mergeChanges(some, resolution),
    done: (some, all) => {
      merged.push(...some);
      gone.push(...all.filter((merge) => !some.includes(merge)));
    },
  });
  return { resolution, graph, merged, gone };
}

/** Today, and four bytes of chance. */
function newResolution(): string {
  return `${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`;
}

export interface Split {
  graph: Graph;
  /** Spellings that are nodes again. */
  split: MergedSpelling[];
  /** Those that cannot be taken out: they lie inside another spelling, or another node has their key by now. */
  left: MergedSpelling[];
}

/** Takes spellings of the knowledge graph's nodes out again, in batches: `which` says of each whether it is meant. */
export async function splitMerged(
  store: GraphStore,
  which: (spelling: MergedSpelling) => boolean,
  source: string,
): Promise<Split> {
  const split: MergedSpelling[] = [];
  const left: MergedSpelling[] = [];
  const wanted = mergedSpellings(await store.read(KNOWLEDGE)).filter(which);
  const graph = await inBatches(store, wanted, {
    possible: possibleSplits,
    changes: (some) => splitChanges(some, source),
    done: (some, all) => {
      split.push(...some);
      left.push(...all.filter((spelling) => !some.includes(spelling)));
    },
  });
  return { graph, split, left };
}

/** Undoes the merges of one resolution: see {@link mergeFound}. */
export function splitResolution(store: GraphStore, resolution: string): Promise<Split> {
  return splitMerged(store, ({ source }) => resolutionOf(source) === resolution, `undo resolve ${resolution}`);
}

interface Steps<Item> {
  /** What of a batch can be done in a graph. */
  possible: (graph: Graph, items: readonly Item[]) => Item[];
  changes: (items: readonly Item[]) => Change[];
  /** Told, once a batch is applied, what was done of it. */
  done: (some: readonly Item[], all: readonly Item[]) => void;
}

/** Changes the knowledge graph, so many items a batch: others may change it between two. */
async function inBatches<Item>(store: GraphStore, items: readonly Item[], steps: Steps<Item>): Promise<Graph> {
  let graph = await store.read(KNOWLEDGE);
  for (let at = 0; at < items.length; at += BATCH) {
    const all = items.slice(at, at + BATCH);
    let some: Item[] = [];
    ({ graph } = await changeKnowledge(store, (knowledge) => {
      some = steps.possible(knowledge, all);
      return steps.changes(some);
    }));
    steps.done(some, all);
  }
  return graph;
}
