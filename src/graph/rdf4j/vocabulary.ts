import { createHash } from 'node:crypto';
import { edgeId } from '../../domain/changes.ts';
import type { PropertyValue } from '../../domain/changes.ts';

/** Prefixes that every query may use undeclared; docs/rdf.md describes what stands under each. */
export const PREFIXES = {
  node: 'urn:kgot:node:',
  label: 'urn:kgot:label:',
  prop: 'urn:kgot:property:',
  rel: 'urn:kgot:relation:',
  edge: 'urn:kgot:edge-of:',
  meta: 'urn:kgot:meta:',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;

export type Prefix = keyof typeof PREFIXES;

/** What edges are, each by a hash of its identity. */
export const EDGES = 'urn:kgot:edge:';

/** Named graphs of what a source stated, each by a hash; they are described in the graph `urn:kgot:meta`. */
export const SOURCES = 'urn:kgot:source:';

/** The graph of a run, of which the revision is known. */
export const GRAPH = '<urn:kgot:graph>';

/** The named graph of the revision and of the sources. */
export const META_GRAPH = '<urn:kgot:meta>';

/** The named graph of the direct triples from node to node. */
export const RELATIONS_GRAPH = '<urn:kgot:relations>';

export const TYPE = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
export const REVISION = '<urn:kgot:meta:revision>';
export const SINCE = '<urn:kgot:meta:since>';
export const SOURCE = '<urn:kgot:meta:source>';
export const RECORD = '<urn:kgot:meta:record>';
export const FROM = '<urn:kgot:edge-of:from>';
export const TO = '<urn:kgot:edge-of:to>';
export const EDGE_TYPE = '<urn:kgot:edge-of:type>';
export const EDGE_KEY = '<urn:kgot:edge-of:key>';

/** The IRI, in its brackets, of a node, label, property or relation. */
export function iriOf(prefix: 'node' | 'label' | 'prop' | 'rel', name: string): string {
  return `<${PREFIXES[prefix]}${encodeLocal(name)}>`;
}

/** @returns undefined when the IRI, without brackets, is none of the prefix */
export function nameOf(prefix: 'node' | 'label' | 'prop' | 'rel', iri: string): string | undefined {
  const start = PREFIXES[prefix];
  return iri.startsWith(start) ? decodeURIComponent(iri.slice(start.length)) : undefined;
}

export function edgeIri(edge: { from: string; to: string; type: string; key?: string }): string {
  return `<${EDGES}${hashOf(edgeId(edge))}>`;
}

/** The named graph of what a source stated in the batch of a revision. */
export function sourceIri(since: number, source: string): string {
  return `<${SOURCES}${hashOf(`${since} ${source}`)}>`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Letters, digits and underscores of any script stay, so that a query may write `label:Straße`; the rest as in URLs. */
function encodeLocal(name: string): string {
  return name.replace(/[^\w]/gu, (character) =>
    character.length === 1 && /[\p{L}\p{N}\p{M}]/u.test(character) ? character : percentEncode(character),
  );
}

function percentEncode(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** A value as a typed literal: a whole number that is safe as xsd:integer, any other as xsd:double. */
export function literalOf(value: PropertyValue): string {
  if (typeof value === 'string') return textLiteral(value);
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value);
  return value.toExponential();
}

/** Text in quotes. Control characters stand as escapes, a lone half of a surrogate pair as U+FFFD. */
export function textLiteral(text: string): string {
  const escaped = text.toWellFormed().replace(/["\\\p{Cc}]/gu, (found) => ESCAPES[found] ?? codePoint(found));
  return `"${escaped}"`;
}

const ESCAPES: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
