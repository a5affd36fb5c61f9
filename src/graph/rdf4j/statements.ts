import type { Change } from '../../domain/changes.ts';
import type { Graph, KnownEdge, KnownNode, Provenance } from '../../domain/graph.ts';
import { touchedBy } from '../../domain/touched.ts';
import {
  EDGE_KEY,
  EDGE_TYPE,
  edgeIri,
  FROM,
  iriOf,
  literalOf,
  META_GRAPH,
  RECORD,
  RELATIONS_GRAPH,
  SINCE,
  SOURCE,
  sourceIri,
  textLiteral,
  TO,
  TYPE,
} from './vocabulary.ts';

/** Named graph, subject, predicate and object, as SPARQL writes them, with spaces between. */
export type Statement = string;

export interface Difference {
  removed: Statement[];
  added: Statement[];
}

/** Provenance that one named graph cannot say, as JSON; labels in their order. */
export interface ProvenanceRecord extends Provenance {
  labels?: string[];
  /** See {@link KnownNode.merged} and {@link KnownEdge.merged}. */
  merged?: KnownNode['merged'] | KnownEdge['merged'];
}

/** The statements of a graph. */
export function statementsOf(graph: Graph): Set<Statement> {
  return statementsIn(graph, new Set(graph.nodes.keys()), new Set(graph.edges.keys()));
}

/** What changes turn a graph into another, statement by statement: only what they touch is looked at. */
export function differenceOf(before: Graph, after: Graph, changes: readonly Change[]): Difference {
  const { nodes, edges } = touchedBy(before, after, changes);
  const old = statementsIn(before, nodes, edges);
  const now = statementsIn(after, nodes, edges);
  const added = [...now].filter((statement) => !old.has(statement));
  // Others may rest on the same source: its description stays.
  const removed = new Set([...old].filter((statement) => !now.has(statement) && !statement.startsWith(META_GRAPH)));
  keepParallel(removed, after, edges);
  return { removed: [...removed], added };
}

function statementsIn(graph: Graph, nodes: ReadonlySet<string>, edges: ReadonlySet<string>): Set<Statement> {
  const statements = new Set<Statement>();
  for (const key of nodes) {
    const node = graph.nodes.get(key);
    if (node !== undefined) addNode(statements, node);
  }
  for (const id of edges) {
    const edge = graph.edges.get(id);
    if (edge !== undefined) addEdge(statements, edge);
  }
  return statements;
}

function addNode(statements: Set<Statement>, node: Readonly<KnownNode>): void {
  const subject = iriOf('node', node.key);
  const graph = sourceOf(statements, node);
  for (const label of node.labels) statements.add(`${graph} ${subject} ${TYPE} ${iriOf('label', label)}`);
  addRest(statements, graph, subject, node, node.labels);
}

function addEdge(statements: Set<Statement>, edge: Readonly<KnownEdge>): void {
  const { from, to, type, key } = edge;
  const subject = edgeIri(edge);
  const graph = sourceOf(statements, edge);
  statements.add(directStatement(edge));
  statements.add(`${graph} ${subject} ${FROM} ${iriOf('node', from)}`);
  statements.add(`${graph} ${subject} ${EDGE_TYPE} ${iriOf('rel', type)}`);
  statements.add(`${graph} ${subject} ${TO} ${iriOf('node', to)}`);
  if (key !== undefined) statements.add(`${graph} ${subject} ${EDGE_KEY} ${textLiteral(key)}`);
  addRest(statements, graph, subject, edge, []);
}

function directStatement({ from, to, type }: { from: string; to: string; type: string }): Statement {
  return `${RELATIONS_GRAPH} ${iriOf('node', from)} ${iriOf('rel', type)} ${iriOf('node', to)}`;
}

/** Edges of one type between the same nodes share one direct statement: it goes with the last of them. */
function keepParallel(removed: Set<Statement>, after: Graph, touched: ReadonlySet<string>): void {
  const direct = [...removed].some((statement) => statement.startsWith(RELATIONS_GRAPH));
  if (!direct) return;
  for (const [id, edge] of after.edges) if (!touched.has(id)) removed.delete(directStatement(edge));
}

/** The named graph of what a node or an edge rests on first, which is described where sources are. */
function sourceOf(statements: Set<Statement>, { since, sources }: Provenance): string {
  const source = sources[0]!;
  const graph = sourceIri(since, source);
  statements.add(`${META_GRAPH} ${graph} ${SINCE} ${since}`);
  statements.add(`${META_GRAPH} ${graph} ${SOURCE} ${textLiteral(source)}`);
  return graph;
}

function addRest(
  statements: Set<Statement>,
  graph: string,
  subject: string,
  item: Readonly<KnownNode> | Readonly<KnownEdge>,
  labels: string[],
): void {
  for (const [name, value] of Object.entries(item.properties)) {
    statements.add(`${graph} ${subject} ${iriOf('prop', name)} ${literalOf(value)}`);
  }
  if (isOfOneSource(item) && labels.length <= 1) return;
  const { since, sources, stated, earlier, merged } = item;
  const record: ProvenanceRecord = {
    ...{ since, sources, stated, earlier },
    ...(labels.length > 1 && { labels }),
    ...(merged !== undefined && { merged }),
  };
  statements.add(`${graph} ${subject} ${RECORD} ${textLiteral(JSON.stringify(record))}`);
}

/** Whether its named graph says all of where it comes from. */
function isOfOneSource({ sources, stated, earlier, merged }: Readonly<KnownNode> | Readonly<KnownEdge>): boolean {
  const [source] = sources;
  return (
    sources.length === 1 &&
    earlier.length === 0 &&
    merged === undefined &&
    source!.isWellFormed() &&
    Object.values(stated).every((one) => one === source)
  );
}
