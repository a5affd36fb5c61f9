import { AlikeEntities } from './alike-entities.ts';
import { DisjointSets } from './disjoint-sets.ts';
import type { AlikePair } from './job.ts';

/** Entities that are the same thing. */
export interface EntityCluster {
  /** In their order. */
  members: number[];
  /** Pairs of them that were alike enough, the most alike first. */
  pairs: AlikePair[];
  /** Of its least certain pair. */
  score: number;
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
  const alike = new AlikeEntities(pairs);
  const sets = new DisjointSets(alike.end);
  const joined: AlikePair[] = [];
  const left: AlikePair[] = [];
  for (const pair of inOrder(pairs, nameOf)) {
    const { one, other } = pair;
    if (alike.isEither(pair) || !isMostlyAlike(alike, sets, one, other)) left.push(pair);
    else {
      sets.join(one, other);
      joined.push(pair);
    }
  }
  const isTogether = ({ one, other }: AlikePair): boolean => sets.of(one) === sets.of(other);
  return {
    clusters: clustersIn(sets, alike.end, [...joined, ...left.filter(isTogether)]),
    doubtful: left.filter((pair) => !isTogether(pair)),
  };
}

/** Whether two are together, or more than half of the pairs across their clusters are alike. */
function isMostlyAlike(alike: AlikeEntities, sets: DisjointSets, one: number, other: number): boolean {
  if (sets.of(one) === sets.of(other)) return true;
  let across = 0;
  let member = one;
  do {
    let far = other;
    do {
      if (alike.has(member, far)) across += 1;
      far = sets.after(far);
    } while (far !== other);
    member = sets.after(member);
  } while (member !== one);
  return across * 2 > sets.sizeOf(one) * sets.sizeOf(other);
}

/** @param pairs of two that are together */
function clustersIn(sets: DisjointSets, end: number, pairs: readonly AlikePair[]): EntityCluster[] {
  const clusters: EntityCluster[] = [];
  const clusterOf = new Array<EntityCluster | undefined>(end);
  for (const pair of pairs) {
    const set = sets.of(pair.one);
    const cluster = clusterOf[set];
    if (cluster === undefined) {
      const made = { members: [], pairs: [pair], score: pair.score };
      clusterOf[set] = made;
      clusters.push(made);
    } else {
      cluster.pairs.push(pair);
      cluster.score = Math.min(cluster.score, pair.score);
    }
  }
  for (let entity = 0; entity < end; entity += 1) clusterOf[sets.of(entity)]?.members.push(entity);
  return clusters.sort((a, b) => b.score - a.score);
}

/** The most alike first; of those that are as alike, by their names. */
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
