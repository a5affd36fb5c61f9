import { checkExtraction, edgeId } from './changes.ts';
import type { Change, Extraction } from './changes.ts';
import { applyBatch, knownNames } from './graph.ts';
import type { Graph } from './graph.ts';
import { spellingsOf } from './merge.ts';
import { EntityIndex } from './resolve-entities.ts';

/** What a model extracted from a tool's output, and the tool call that it rests on. */
export interface SourcedExtraction {
  extraction: Extraction;
  source: string;
}

export interface CheckedExtractions {
  /** What the extractions change in the graph: a fact that it holds already is left out. */
  changes: Change[];
  /** Problems an extraction, in the order of the input. */
  problems: string[][];
}

/** Checks a round's extractions against `graph`, which stays as it is. Each may name what the ones before it add. */
export function checkExtractions(graph: Graph, extractions: readonly SourcedExtraction[]): CheckedExtractions {
  let grown = graph;
  const changes: Change[] = [];
  const problems: string[][] = [];
  for (const { extraction, source } of extractions) {
    const checked = checkExtraction(extraction, knownNames(grown), source, new EntityIndex(grown));
    grown = applyBatch(grown, { revision: grown.revision + 1, base: grown.revision, changes: checked.changes });
    changes.push(...checked.changes);
    problems.push(checked.problems);
  }
  return { changes: changes.filter((change) => !isKnown(graph, change)), problems };
}

/** Whether a change would leave the graph as it is. */
function isKnown(graph: Graph, change: Change): boolean {
  const holds = (known: Record<string, unknown> | undefined, properties: Record<string, unknown>): boolean =>
    known !== undefined && Object.entries(properties).every(([name, value]) => known[name] === value);
  switch (change.op) {
    case 'upsert-node': {
      const node = graph.nodes.get(change.node.key);
      return (
        holds(node?.properties, change.node.properties) &&
        (change.as === undefined || spellingsOf(node!).some(({ key }) => key === change.as!.key)) &&
        change.node.labels.every((label) => node!.labels.includes(label))
      );
    }
    case 'upsert-edge':
      return holds(graph.edges.get(edgeId(change.edge))?.properties, change.edge.properties);
    case 'retract-node':
      return !graph.nodes.has(change.key);
    case 'retract-edge':
      return !graph.edges.has(edgeId(change));
    case 'merge-node':
    case 'split-node':
      return false;
  }
}
