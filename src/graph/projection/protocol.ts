import type { GraphEdge, GraphNode } from '../../domain/changes.ts';
import type { QueryRows } from '../graph-store.ts';

/** What a query process is asked. */
export interface QueryQuestion {
  /** Names the projection: a run's graph at one revision. */
  projection: string;
  /** The graph itself, when the process does not hold the projection yet. */
  graph?: { nodes: GraphNode[]; edges: GraphEdge[] };
  query: string;
  rows: number;
  memoryBytes: number;
}

/** What it answers; a query at fault is an answer too. */
export type QueryReply = { kind: 'rows'; rows: QueryRows } | { kind: 'error'; error: string };

/** Projections that a process holds at once; the least recently used goes first. */
export const PROJECTIONS = 16;
