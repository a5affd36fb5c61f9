import type { AlikePair } from './job.ts';

/** Two candidates whose scores differ by less may both be meant. */
const MARGIN = 0.02;

/** Entities that are the same thing. */
export interface EntityCluster {
  /** In their order. */
  members: number[];
  /** Pairs of them that were alike enough, the most alike first. */
  pairs: AlikePair[];
}

export interface Clustered {
  /** The most certain first: the one whose least pair scores most. */
  clusters: EntityCluster[];
  /** Pairs that were alike enough, and are left apart: one of the two may be another as well. */
  doubtful: AlikePair[];
}

/**
 * Makes clusters out of pairs, the most alike first. Two clusters become one only when more than half of the pairs across them
 * are alike enough, so that no chain of neighbours ties its far ends together. Where an entity is as much alike another which is
 * not that one, neither is meant.
 *
 * @param nameOf tells entities apart that score alike, whatever order they came in
 */
export function clustersOf(pairs: readonly AlikePair[], nameOf: (entity: number) => string): Clustered {
  const alike = new Map<number, Map<number, number>>();
  for (const { one, other, score } of pairs) {
    mapIn(alike, one).set(other, score);
    mapIn(alike, other).set(one, score);
  }
  const clusterOf = new Map<number, number[]>();
  const doubtful: AlikePair[] = [];
  const joined: AlikePair[] = [];
  for (const pair of inOrder(pairs, nameOf)) {
    const { one, other } = pair;
    if (isEither(alike, pair)) {
      doubtful.push(pair);
      continue;
    }
    const [left, right] = [clusterOf.get(one) ?? [one], clusterOf.get(other) ?? [other]];
    if (left !== right) {
      let across = 0;
      for (const member of left) across += right.filter((far) => alike.get(member)!.has(far)).length;
      if (across * 2 <= left.length * right.length) {
        doubtful.push(pair);
        continue;
      }
      const both = [...left, ...right];
      for (const member of both) clusterOf.set(member, both);
    }
    joined.push(pair);
  }
  const apart = doubtful.filter(({ one, other }) => !isTogether(clusterOf, one, other));
  const clusters = new Map<number[], EntityCluster>();
  for (const pair of [...joined, ...doubtful.filter(({ one, other }) => isTogether(clusterOf, one, other))]) {
    const members = clusterOf.get(pair.one)!;
    const cluster = clusters.get(members) ?? { members: members.toSorted((a, b) => a - b), pairs: [] };
    cluster.pairs.push(pair);
    clusters.set(members, cluster);
  }
  const certain = [...clusters.values()].map((cluster) => ({ cluster, least: leastOf(cluster) }));
  return { clusters: certain.sort((a, b) => b.least - a.least).map(({ cluster }) => cluster), doubtful: apart };
}

/** The score of a cluster's least certain pair. */
export function leastOf({ pairs }: EntityCluster): number {
  return Math.min(...pairs.map(({ score }) => score));
}

function isTogether(clusterOf: ReadonlyMap<number, number[]>, one: number, other: number): boolean {
  return clusterOf.has(one) && clusterOf.get(one) === clusterOf.get(other);
}

/** Whether one of a pair is as much alike a third, which is not alike the other. */
function isEither(alike: ReadonlyMap<number, ReadonlyMap<number, number>>, { one, other, score }: AlikePair): boolean {
  const rivals = (entity: number, than: number): boolean => {
    for (const [third, theirs] of alike.get(entity)!) {
      if (third !== than && theirs > score - MARGIN && !alike.get(than)!.has(third)) return true;
    }
    return false;
  };
  return rivals(one, other) || rivals(other, one);
}

function inOrder(pairs: readonly AlikePair[], nameOf: (entity: number) => string): AlikePair[] {
  const named = pairs.map((pair) => {
    const [one, other] = [nameOf(pair.one), nameOf(pair.other)];
    return one < other ? { pair, first: one, last: other } : { pair, first: other, last: one };
  });
  named.sort((a, b) => b.pair.score - a.pair.score || compared(a.first, b.first) || compared(a.last, b.last));
  return named.map(({ pair }) => pair);
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mapIn<Key>(maps: Map<Key, Map<number, number>>, key: Key): Map<number, number> {
  const known = maps.get(key) ?? new Map<number, number>();
  maps.set(key, known);
  return known;
}
