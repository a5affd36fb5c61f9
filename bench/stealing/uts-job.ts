import { defineJob } from '../../src/jobs/index.ts';
import type { TaskContext } from '../../src/jobs/index.ts';
import { TREES, Walk } from './uts.ts';
import type { Found } from './uts.ts';

type Name = keyof typeof TREES;

/** Part of a tree that is still to be walked. */
interface Part {
  tree: Name;
  nodes: Int32Array;
}

/** Nodes that are walked before it is asked whether some of what is left is wanted, and how many are given away then, at most. */
const SHARE_AFTER = 500;
const SHARED = 64;

export const uts = defineJob<Name, Found>({ name: 'uts', module: import.meta.url });

export function split(tree: Name): Part[] {
  return [{ tree, nodes: Walk.root(TREES[tree]) }];
}

export function run({ tree, nodes }: Part, context: TaskContext<Part>): Found {
  const walk = new Walk(TREES[tree], nodes);
  while (walk.go(SHARE_AFTER)) {
    const shared = context.wantsTasks ? walk.share(SHARED) : undefined;
    if (shared !== undefined) context.spawn({ tree, nodes: shared });
  }
  return { nodes: walk.nodes, leaves: walk.leaves, depth: walk.depth };
}

export function reduce(parts: Found[]): Found {
  return parts.reduce((sum, { nodes, leaves, depth }) => ({
    nodes: sum.nodes + nodes,
    leaves: sum.leaves + leaves,
    depth: Math.max(sum.depth, depth),
  }));
}
