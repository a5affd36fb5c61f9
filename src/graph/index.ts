export { QueryError, RevisionConflict } from './graph-store.ts';
export type { Cell, GraphStore, QueryLimits, QueryRows } from './graph-store.ts';
export { openEmbeddedStore } from './embedded/store.ts';
export { drawGraph, toDot } from './picture.ts';
