import { displayName } from '../../domain/graph.ts';
import type { Graph, KnownEdge } from '../../domain/graph.ts';
import { truncate } from '../../domain/text.ts';
import type { Cell, QueryRows } from '../graph-store.ts';
import type { TermRows } from './query.ts';
import { valueOf } from './terms.ts';
import type { Term } from './terms.ts';
import { edgeIri, EDGES, nameOf } from './vocabulary.ts';

const CELL_CHARACTERS = 2_000;

/** Rows as they are shown: nodes and edges as a person writes them, literals as what they are. */
export function toQueryRows({ columns, rows, truncated }: TermRows, graph: Graph): QueryRows {
  const show = showIn(graph);
  return { columns, rows: rows.map((row) => columns.map((_, index) => toCell(row[index], show))), truncated };
}

function toCell(term: Term | undefined, show: (iri: string) => string): Cell {
  if (term === undefined) return null;
  const value = term.kind === 'literal' ? valueOf(term) : term.kind === 'iri' ? show(term.value) : term.value;
  return typeof value === 'string' ? truncate(value, CELL_CHARACTERS) : value;
}

function showIn(graph: Graph): (iri: string) => string {
  let edges: Map<string, Readonly<KnownEdge>> | undefined;
  const edgeOf = (iri: string): Readonly<KnownEdge> | undefined => {
    edges ??= new Map([...graph.edges.values()].map((edge) => [edgeIri(edge), edge]));
    return edges.get(`<${iri}>`);
  };
  return (iri) => {
    if (iri.startsWith(EDGES)) {
      const edge = edgeOf(iri);
      if (edge === undefined) return iri;
      return `(${displayName(graph, edge.from)})-[:${edge.type}]->(${displayName(graph, edge.to)})`;
    }
    try {
      const key = nameOf('node', iri);
      if (key !== undefined) return displayName(graph, key);
      return nameOf('label', iri) ?? nameOf('rel', iri) ?? nameOf('prop', iri) ?? iri;
    } catch {
      // A query may make IRIs that are no names.
      return iri;
    }
  };
}
