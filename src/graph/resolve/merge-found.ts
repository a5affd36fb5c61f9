import { randomBytes } from 'node:crypto';
import type { Change } from '../../domain/changes.ts';
import type { Graph } from '../../domain/graph.ts';
import { KNOWLEDGE } from '../../domain/knowledge.ts';
import { mergedSpellings, resolutionOf, resolutionSource, splitChanges } from '../../domain/resolutions.ts';
import type { MergedSpelling } from '../../domain/resolutions.ts';
import type { GraphStore } from '../graph-store.ts';
import { changeKnowledge } from '../knowledge.ts';
import type { FoundCluster } from './resolve-knowledge.ts';

/** Merges and splits of one batch. */
const BATCH = 500;

/** One node that is to be merged into another. */
export interface Merge {
  key: string;
  into: string;
  reason: string;
}

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
  const graph = await inBatches(store, merges, (graph, some) => {
    const there = some.filter(({ key, into }) => graph.nodes.has(key) && graph.nodes.has(into));
    return {
      changes: there.map(({ key, into, reason }) => ({
        op: 'merge-node',
        ...{ key, into },
        source: resolutionSource(resolution, reason),
      })),
      done: () => {
        merged.push(...there);
        gone.push(...some.filter((merge) => !there.includes(merge)));
      },
    };
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
  const graph = await inBatches(store, wanted, (graph, some) => {
    const there = new Set(mergedSpellings(graph).map(idOf));
    const free = some.filter((spelling) => {
      return there.has(idOf(spelling)) && spelling.inside === undefined && !graph.nodes.has(spelling.spelling);
    });
    return {
      changes: splitChanges(free, source),
      done: () => {
        split.push(...free);
        left.push(...some.filter((spelling) => !free.includes(spelling)));
      },
    };
  });
  return { graph, split, left };
}

/** Undoes the merges of one resolution: see {@link mergeFound}. */
export function splitResolution(store: GraphStore, resolution: string): Promise<Split> {
  return splitMerged(store, ({ source }) => resolutionOf(source) === resolution, `undo resolve ${resolution}`);
}

function idOf({ key, spelling, inside }: MergedSpelling): string {
  return JSON.stringify([key, spelling, inside]);
}

/** Changes the knowledge graph, so many items a batch; `done` is told of each batch that was applied. */
async function inBatches<Item>(
  store: GraphStore,
  items: readonly Item[],
  changesOf: (graph: Graph, some: readonly Item[]) => { changes: Change[]; done: () => void },
): Promise<Graph> {
  let graph = await store.read(KNOWLEDGE);
  for (let at = 0; at < items.length; at += BATCH) {
    let done = (): void => undefined;
    ({ graph } = await changeKnowledge(store, (knowledge) => {
      const step = changesOf(knowledge, items.slice(at, at + BATCH));
      done = step.done;
      return step.changes;
    }));
    done();
  }
  return graph;
}
