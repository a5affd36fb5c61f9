import type { Change } from './changes.ts';
import type { Graph } from './graph.ts';
import { spellingsOf } from './merge.ts';

/** What a merge of a resolution names as its source: `resolve 2026-11-28-1a2b3c4d: score 0.94: …`. */
export function resolutionSource(id: string, reason: string): string {
  return `resolve ${id}: ${reason}`;
}

/** The resolution that a source names; undefined when it names none. */
export function resolutionOf(source: string): string | undefined {
  return /^resolve (\d{4}-\d{2}-\d{2}-[0-9a-f]{8}): /.exec(source)?.[1];
}

/** One node that is to be merged into another. */
export interface Merge {
  key: string;
  into: string;
  /** Why, in words. */
  reason: string;
}

/** Merges of which both nodes are there; one whose node goes in a merge before it is not. */
export function possibleMerges(graph: Graph, merges: readonly Merge[]): Merge[] {
  const gone = new Set<string>();
  return merges.filter(({ key, into }) => {
    const there = [key, into].every((one) => graph.nodes.has(one) && !gone.has(one)) && key !== into;
    if (there) gone.add(key);
    return there;
  });
}

export function mergeChanges(merges: readonly Merge[], resolution: string): Change[] {
  return merges.map(({ key, into, reason }) => ({
    op: 'merge-node',
    key,
    into,
    source: resolutionSource(resolution, reason),
  }));
}

/** A spelling that a node has because another was merged into it, or was said to be it. */
export interface MergedSpelling {
  /** Of the node that has it. */
  key: string;
  /** The key that it has as a node of its own. */
  spelling: string;
  name: string;
  /** Who merged it, or said so first. */
  source: string;
  /** The node with which it was merged into this one, which comes out first; absent where it is the node's own spelling. */
  inside?: string;
}

/** Every other spelling of the nodes of a graph. */
export function mergedSpellings(graph: Graph): MergedSpelling[] {
  return graph.nodes
    .valueSeq()
    .filter(({ merged }) => merged !== undefined)
    .toArray()
    .flatMap((node) => {
      const inside = new Map<string, string>();
      for (const part of node.merged ?? []) {
        for (const inner of part.node === undefined ? [] : spellingsOf(part.node)) inside.set(inner.key, part.key);
      }
      return spellingsOf(node).map(({ key: spelling, name, source }): MergedSpelling => {
        const outer = inside.get(spelling);
        return { key: node.key, spelling, name, source, ...(outer === undefined ? {} : { inside: outer }) };
      });
    });
}

/** Spellings that can be taken out: none inside another, none whose key another node has by now. */
export function possibleSplits(graph: Graph, spellings: readonly MergedSpelling[]): MergedSpelling[] {
  const there = new Set(mergedSpellings(graph).map(idOf));
  return spellings.filter(
    (spelling) => there.has(idOf(spelling)) && spelling.inside === undefined && !graph.nodes.has(spelling.spelling),
  );
}

function idOf({ key, spelling, inside }: MergedSpelling): string {
  return JSON.stringify([key, spelling, inside]);
}

/** Takes spellings out again, each as a node of its own. */
export function splitChanges(spellings: readonly MergedSpelling[], source: string): Change[] {
  return spellings.map(({ key, spelling }) => ({ op: 'split-node', key, spelling, source }));
}
