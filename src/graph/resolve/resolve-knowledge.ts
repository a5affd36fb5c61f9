import { nameOfNode } from '../../domain/graph.ts';
import type { Graph, KnownNode } from '../../domain/graph.ts';
import { clustersOf } from './clusters.ts';
import type { EntityCluster } from './clusters.ts';
import * as job from './job.ts';
import type { AlikePair, ResolveInput, ResolveOutput } from './job.ts';
import { materialOf, valuesOf } from './material.ts';
import { pack } from './pack.ts';
import { runJobHere } from './run-here.ts';
import { THRESHOLD } from './score.ts';

/** A node that is the same as the one that is kept. */
export interface FoundNode {
  key: string;
  name: string;
  /** Of the pair in the cluster that it is most alike in, from 0 to 1. */
  score: number;
  /** Why, in words. */
  reason: string;
}

/** Nodes that are the same thing. */
export interface FoundCluster {
  /** Key of the node that is kept: the one that was known first. */
  key: string;
  name: string;
  labels: readonly string[];
  /** Of its least certain pair. */
  score: number;
  /** Those that are to be merged into it. */
  others: FoundNode[];
}

/** Two nodes that are alike enough, and are left apart. */
export interface DoubtfulPair {
  keys: [string, string];
  names: [string, string];
  score: number;
}

/** What entity resolution found in a graph. */
export interface Resolution {
  entities: number;
  /** Pairs that were compared. */
  compared: number;
  threshold: number;
  /** The most certain first. */
  clusters: FoundCluster[];
  /** Pairs of which one may be another as well, or that would tie together what is not alike. */
  doubtful: DoubtfulPair[];
}

/**
 * Runs the job over packed material: puts that where its workers read it, and has them do the tasks of the input which `inputFor`
 * makes for its hash.
 */
export type RunResolve = (material: Uint8Array, inputFor: (sha256: string) => ResolveInput) => Promise<ResolveOutput>;

export interface ResolveOptions {
  /** The least total of two that are taken for the same, from 0 to 1. @default {@link THRESHOLD} */
  threshold?: number;
  /** @default in this thread */
  run?: RunResolve;
}

/** Thrown for a threshold that is no number from 0 to 1. */
export class InvalidThreshold extends RangeError {
  override readonly name = 'InvalidThreshold';
  constructor(threshold: number) {
    super(`The threshold is ${threshold}: give a number from 0 to 1.`);
  }
}

/**
 * Finds nodes of a graph that are the same thing: by their names, labels and neighbours. The graph stays as it is.
 *
 * @throws {InvalidThreshold}
 * @throws {TooManyEntities}
 */
export async function resolveKnowledge(
  graph: Graph,
  { threshold = THRESHOLD, run = runHere() }: ResolveOptions = {},
): Promise<Resolution> {
  if (!(threshold >= 0 && threshold <= 1)) throw new InvalidThreshold(threshold);
  const nodes = valuesOf(graph.nodes);
  const material = materialOf(graph, nodes);
  const { entities } = material;
  const { scored, pairs } = await run(pack(material), (sha256) => ({ sha256, entities, threshold }));
  const { clusters, doubtful } = clustersOf(pairs, (entity) => nodes[entity]!.key);
  return {
    entities,
    compared: scored,
    threshold,
    clusters: clusters.map((cluster) => found(nodes, cluster)),
    doubtful: doubtful.map(({ one, other, score }) => ({
      keys: [nodes[one]!.key, nodes[other]!.key],
      names: [nameOfNode(nodes[one]!), nameOfNode(nodes[other]!)],
      score,
    })),
  };
}

/** Runs the job in this thread. @param progress told after each task how many are done, and of how many */
export function runHere(
  options: { progress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): RunResolve {
  return (material, inputFor) => {
    // Nothing else reads it: it needs no hash, only a name that no other has.
    const input = inputFor(`here ${(calls += 1)}`);
    const artifacts = {
      getContent: () => Promise.resolve(Buffer.from(material.buffer, material.byteOffset, material.length)),
    };
    return runJobHere(job, input, { artifacts }, options);
  };
}

let calls = 0;

function found(nodes: readonly Readonly<KnownNode>[], { members, pairs, score }: EntityCluster): FoundCluster {
  const first = members[0]!;
  const kept = nodes[first]!;
  return {
    key: kept.key,
    name: nameOfNode(kept),
    labels: kept.labels,
    score,
    others: members.slice(1).map((other) => {
      const { key } = nodes[other]!;
      const best = bestOf(pairs, other, first);
      return { key, name: nameOfNode(nodes[other]!), score: best.score, reason: best.reason };
    }),
  };
}

/** The pair with the node that is kept, where those two are alike; else that in which a member is most alike. */
function bestOf(pairs: readonly AlikePair[], member: number, kept: number): AlikePair {
  const isOf = (entity: number, { one, other }: AlikePair): boolean => one === entity || other === entity;
  const withKept = pairs.find((pair) => isOf(member, pair) && isOf(kept, pair));
  return withKept ?? pairs.find((pair) => isOf(member, pair))!;
}
