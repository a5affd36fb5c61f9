export { GraphServerRefused, GraphUnavailable, QueryError, RevisionConflict } from './graph-store.ts';
export type {
  Cell,
  GraphDescription,
  GraphStore,
  NeighbourLimits,
  Neighbourhood,
  QueryLimits,
  QueryRows,
} from './graph-store.ts';
export { InvalidBatch } from '../domain/check-batch.ts';
export { GraphStores } from './stores.ts';
export type { GraphStoresOptions } from './stores.ts';
export { GraphOperationParallelizer } from './parallel/parallelizer.ts';
export type { ParallelizerOptions } from './parallel/parallelizer.ts';
export type { GraphOperationMetrics } from './parallel/metrics.ts';
export { BACK_END_LIMITS } from './parallel/back-ends.ts';
export type { BackEndLimits } from './parallel/back-ends.ts';
export { drawGraph, toDot } from './picture.ts';
export { toCypher, toCypherScript } from './cypher.ts';
export { exportGraph, GRAPH_FORMATS, toDocument } from './export.ts';
export type { GraphDocument, GraphFormat } from './export.ts';
export { differenceOf } from './difference.ts';
export type { ChangedProperty, DifferingEdge, DifferingNode, GraphDifference } from './difference.ts';
