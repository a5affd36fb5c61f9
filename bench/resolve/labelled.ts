import type { Graph } from '../../src/domain/graph.ts';

/** A graph of which it is known what is the same. */
export interface Labelled {
  graph: Graph;
  /** Keys of two nodes that are the same thing: what is to be found. */
  same: [string, string][];
  /** Whether two nodes that were found are the same; undefined where it is not known of one of them. */
  isSame: (one: string, other: string) => boolean | undefined;
}

/** Two keys as one text, in whatever order they come. */
export function pairOf(one: string, other: string): string {
  return [one, other].sort().join('\n');
}
