import type { OpenStore } from './conformance.ts';
export function sparqlConformance(_open: OpenStore): void {}
