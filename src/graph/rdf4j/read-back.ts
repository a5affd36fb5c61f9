import type { Properties } from '../../domain/changes.ts';
import { graphFrom } from '../read-graph.ts';
import type { Graph, KnownEdge, KnownNode, Provenance } from '../../domain/graph.ts';
import type { ProvenanceRecord } from './statements.ts';
import type { Term } from './terms.ts';
import { valueOf } from './terms.ts';
import { nameOf, PREFIXES } from './vocabulary.ts';

const RDF_TYPE = `${PREFIXES.rdf}type`;

/** What statements say of one node or edge. */
interface Item {
  graph: string;
  labels: string[];
  properties: Properties;
  ends: Record<string, string>;
  record?: ProvenanceRecord;
}

/** Makes nodes and edges again from rows of named graph, subject, predicate and object, in whatever order they come. */
export class GraphReader {
  readonly #items = new Map<string, Item>();
  readonly #sources = new Map<string, { since: number; source: string }>();
  #revision = 0;

  add([graph, subject, predicate, object]: (Term | undefined)[]): void {
    if (graph === undefined || subject === undefined || predicate === undefined || object === undefined) return;
    if (predicate.value === `${PREFIXES.meta}revision`) this.#revision = Number(object.value);
    else if (graph.value === 'urn:kgot:meta') this.#describe(subject.value, predicate.value, object.value);
    else if (graph.value !== 'urn:kgot:relations') this.#state(graph.value, subject.value, predicate.value, object);
  }

  #describe(graph: string, predicate: string, value: string): void {
    const source = this.#sources.get(graph) ?? { since: 0, source: '' };
    this.#sources.set(graph, source);
    if (predicate === `${PREFIXES.meta}since`) source.since = Number(value);
    else source.source = value;
  }

  #state(graph: string, subject: string, predicate: string, object: Term): void {
    let item = this.#items.get(subject);
    if (item === undefined) {
      item = { graph, labels: [], properties: Object.create(null) as Properties, ends: {} };
      this.#items.set(subject, item);
    }
    const property = nameOf('prop', predicate);
    if (property !== undefined) item.properties[property] = object.kind === 'literal' ? valueOf(object) : object.value;
    else if (predicate === RDF_TYPE) item.labels.push(nameOf('label', object.value)!);
    else if (predicate.startsWith(PREFIXES.edge)) item.ends[predicate.slice(PREFIXES.edge.length)] = object.value;
    else if (predicate === `${PREFIXES.meta}record`) item.record = JSON.parse(object.value) as ProvenanceRecord;
  }

  /** All that was added, so far as it is whole. */
  get graph(): Graph {
    const nodes: KnownNode[] = [];
    const edges: KnownEdge[] = [];
    for (const [subject, item] of this.#items) {
      const properties = { ...item.properties };
      const { labels = item.labels, ...provenance } = item.record ?? this.#provenanceOf(item);
      const key = nameOf('node', subject);
      if (key !== undefined) {
        nodes.push({ key, labels, properties, ...provenance });
        continue;
      }
      const { from, to, type, key: edgeKey } = item.ends;
      edges.push({
        from: nameOf('node', from!)!,
        to: nameOf('node', to!)!,
        type: nameOf('rel', type!)!,
        ...(edgeKey !== undefined && { key: edgeKey }),
        properties,
        ...provenance,
      });
    }
    return graphFrom(this.#revision, nodes, edges);
  }

  #provenanceOf({ graph, properties }: Item): Provenance & { labels?: string[] } {
    const { since, source } = this.#sources.get(graph)!;
    const stated = Object.fromEntries(Object.keys(properties).map((name) => [name, source]));
    return { since, sources: [source], stated, earlier: [] };
  }
}
