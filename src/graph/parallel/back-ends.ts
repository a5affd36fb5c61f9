import type { GraphBackEnd } from '../../domain/run.ts';

/** What a back end allows. The measurements behind each entry stand in docs/graph-back-ends.md. */
export interface BackEndLimits {
  /** Runs that are written at once. Writes of one run never are. */
  parallelWrites: number;
  /** Changes that one statement carries at its best. */
  batchSize: number;
}

export const BACK_END_LIMITS: Record<GraphBackEnd, BackEndLimits> = {
  embedded: { parallelWrites: 16, batchSize: 10_000 },
  memory: { parallelWrites: 16, batchSize: 10_000 },
  neo4j: { parallelWrites: 10, batchSize: 1_000 },
  rdf4j: { parallelWrites: 4, batchSize: 10_000 },
};
