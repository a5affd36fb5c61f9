import type { EntityIndex } from './resolve-entities.ts';
import { normalizeName } from './text.ts';
import { oneLine, withoutUnseen } from './unseen.ts';

export type PropertyValue = string | number | boolean;
export type Properties = Record<string, PropertyValue>;

export interface GraphNode {
  /** First label and normalised name, for example `Person:barry wesson`. */
  key: string;
  labels: string[];
  /** Holds `name`, the name as it was first written, among others. */
  properties: Properties;
}

export interface GraphEdge {
  /** Key of the node that the edge leaves. */
  from: string;
  /** Key of the node that the edge reaches. */
  to: string;
  /** For example `PLAYED_FOR`. */
  type: string;
  /** Keeps two edges of one type between the same nodes apart. */
  key?: string;
  properties: Properties;
}

/** Another spelling of a node that the graph has. */
export interface Spelling {
  /** The key that it would have as a node of its own. */
  key: string;
  /** As it was written. */
  name: string;
}

/**
 * Upsert or retract of a node or an edge. `source` is the tool call that it rests on. `as` says under which other spelling a
 * node was named, or between which other keys an edge was stated. Merging takes a node into another, its edges with it; a
 * split takes another spelling out again, as a node of its own with all that was said under it.
 */
export type Change =
  | { op: 'upsert-node'; node: GraphNode; as?: Spelling; source: string }
  | { op: 'upsert-edge'; edge: GraphEdge; as?: { from?: string; to?: string }; source: string }
  | { op: 'merge-node'; key: string; into: string; source: string }
  | { op: 'split-node'; key: string; spelling: string; source: string }
  | { op: 'retract-node'; key: string; source: string }
  | { op: 'retract-edge'; from: string; to: string; type: string; key?: string; source: string };

/** The changes of one round, applied as a whole. */
export interface Batch {
  /** The revision that the graph has once the batch is applied; the first is 1. */
  revision: number;
  /** The revision that the batch builds on: `revision - 1`. */
  base: number;
  changes: Change[];
}

/** What the model answers when it reads a tool's result: names instead of keys. */
export interface Extraction {
  nodes: { name: string; label: string; properties: { name: string; value: PropertyValue }[] }[];
  edges: { from: string; type: string; to: string; properties: { name: string; value: PropertyValue }[] }[];
  /** Edges that the result shows to be wrong. */
  retract: { from: string; type: string; to: string }[];
}

/** See {@link isReserved}; in any case. */
const RESERVED = new Set(
  (
    'and as case create delete detach distinct else false in is match merge not null optional or remove return set ' +
    'then true union unwind when where with xor'
  ).split(' '),
);

/** A label as Cypher takes it unquoted: letters, digits and underscores, in PascalCase; `Thing` when nothing is left. */
export function normalizeLabel(label: string): string {
  const name = settle(label, (text) =>
    wordsOf(text)
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join(''),
  );
  return startsWithLetter(name) ? unreserved(name) : name === '' ? 'Thing' : `T${name}`;
}

/** An edge type as Cypher takes it unquoted, in UPPER_SNAKE_CASE; `RELATED_TO` when nothing is left. */
export function normalizeType(type: string): string {
  // Of B2B nothing is parted: a word that begins after a digit goes on in lower case.
  const name = settle(type, (text) =>
    wordsOf(text.replace(/(\p{Ll})(?=\p{Lu})|(\p{N})(?=\p{Lu}\p{Ll})/gu, '$&_'))
      .join('_')
      .toUpperCase(),
  );
  return startsWithLetter(name) ? unreserved(name) : name === '' ? 'RELATED_TO' : `R_${name}`;
}

/** A property name as Cypher takes it unquoted, in snake_case; `undefined` when nothing is left. */
export function normalizeProperty(property: string): string | undefined {
  const name = settle(property, (text) =>
    wordsOf(text.replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2'))
      .join('_')
      .toLowerCase(),
  );
  if (name === '') return undefined;
  return startsWithLetter(name) ? unreserved(name) : `p_${name}`;
}

/** Runs of characters that Grafeo's Cypher takes in a name unquoted; of marks it takes those that are vowels. */
function wordsOf(text: string): string[] {
  return text.split(/[^[[\p{Alphabetic}\p{N}]&&\p{ID_Continue}]]+/v).filter(Boolean);
}

/** Spells a name anew until it stays as it is: another case may bring letters that are composed or parted otherwise. */
function settle(text: string, spell: (text: string) => string): string {
  let name = text;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const spelt = spell(name.normalize('NFKC'));
    if (spelt === name) break;
    name = spelt;
  }
  return name;
}

const MOST_TURNS = 8;

function unreserved(name: string): string {
  return isReserved(name) ? `${name}_` : name;
}

/** Whether Grafeo's Cypher takes a word as no name unless it is quoted. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}

function startsWithLetter(name: string): boolean {
  return /^\p{L}/u.test(name);
}

export function nodeKey(label: string, name: string): string {
  return `${normalizeLabel(label)}:${normalizeName(name)}`;
}

/** Identity of an edge within a graph. */
export function edgeId(edge: { from: string; to: string; type: string; key?: string }): string {
  return JSON.stringify([edge.from, edge.type, edge.to, edge.key ?? '']);
}

/** An edge as a problem describes it. */
function inWords({ from, type, to }: { from: string; type: string; to: string }): string {
  return `edge ${oneLine(from)} -${normalizeType(type)}-> ${oneLine(to)}`;
}

/** Whether a problem is about an edge of an extraction, or about one that it retracts. */
export function isProblemOf(
  problem: string,
  edge: { from: string; type: string; to: string },
  { retracted }: { retracted: boolean },
): boolean {
  return problem.startsWith(
    retracted ? `The retracted ${inWords(edge)} is not in the graph` : `The ${inWords(edge)} names "`,
  );
}

export interface CheckedExtraction {
  changes: Change[];
  /** One sentence a change that cannot be made, saying what was wrong and what would be right. */
  problems: string[];
}

/**
 * Turns what a model extracted into changes. Labels, types and property names are brought into one spelling; an edge may
 * name nodes of the same extraction or of the graph (`known`, by normalised name), and adds those that neither has. Names
 * are lines of what a person sees. A name without a letter or digit, or a retracted edge whose ends are not known, is a
 * problem.
 *
 * @param entities finds what the graph has under another spelling. @default only one spelling is known
 */
export function checkExtraction(
  extraction: Extraction,
  known: ReadonlyMap<string, string>,
  source: string,
  entities?: EntityIndex,
): CheckedExtraction {
  const changes: Change[] = [];
  /** Last of all: edges of the same extraction may name both. */
  const merges: Change[] = [];
  const problems: string[] = [];
  const keys = new Map(known);
  /** Names that are another spelling of a node of the graph. */
  const spellings = new Map<string, Spelling>();
  /** Finds a name that is none of its own under another spelling. */
  const resolve = (normalized: string, name: string, label: string, properties: Properties): void => {
    if (entities === undefined || keys.has(normalized)) return;
    const own = nodeKey(label, name);
    const found = entities.spelled(normalized) ?? entities.find({ name, label: normalizeLabel(label), properties });
    if (found === undefined || found === own || entities.has(own)) return;
    keys.set(normalized, found);
    spellings.set(normalized, entities.spellingOf(found, normalized) ?? { key: own, name });
  };
  for (const { name: given, label, properties } of extraction.nodes) {
    const name = oneLine(given);
    const normalized = normalizeName(name);
    if (normalized === '') {
      problems.push(`A node has the name ${JSON.stringify(given)}, which holds no letter or digit: name the thing.`);
      continue;
    }
    const clean = cleanProperties(properties);
    resolve(normalized, name, label, clean);
    const key = keys.get(normalized) ?? nodeKey(label, name);
    const as = spellings.get(normalized);
    const labels = [key.slice(0, key.indexOf(':'))];
    const ownLabel = normalizeLabel(label);
    if (!labels.includes(ownLabel)) labels.push(ownLabel);
    keys.set(normalized, key);
    const isNew = as === undefined && !known.has(normalized);
    changes.push({
      op: 'upsert-node',
      node: { key, labels, properties: { ...clean, ...(isNew ? { name } : {}) } },
      ...(as === undefined ? {} : { as }),
      source,
    });
    entities?.add({ key, labels, properties: { name, ...clean } });
    const other = entities?.findAliased(key, { name, label: ownLabel, properties: clean });
    if (other !== undefined) merges.push({ op: 'merge-node', ...entities!.inOrder(key, other), source });
  }
  /** A thing that only an edge names is added as it is named: the fact counts for more than its form. */
  const endpoint = (given: string, described: string): string | undefined => {
    const name = oneLine(given);
    const normalized = normalizeName(name);
    resolve(normalized, name, 'Thing', {});
    const known = keys.get(normalized);
    if (known !== undefined) return known;
    if (normalized === '') {
      problems.push(`${described} names ${JSON.stringify(name)}, which holds no letter or digit: name the thing.`);
      return undefined;
    }
    const key = nodeKey('Thing', name);
    keys.set(normalized, key);
    changes.push({ op: 'upsert-node', node: { key, labels: ['Thing'], properties: { name } }, source });
    entities?.add({ key, labels: ['Thing'], properties: { name } });
    return key;
  };
  const spelt = (name: string): string | undefined => spellings.get(normalizeName(oneLine(name)))?.key;
  for (const { from, type, to, properties } of extraction.edges) {
    const described = `The ${inWords({ from, type, to })}`;
    const fromKey = endpoint(from, described);
    const toKey = endpoint(to, described);
    if (fromKey === undefined || toKey === undefined) continue;
    const as = endsAs(spelt(from), spelt(to));
    changes.push({
      op: 'upsert-edge',
      edge: { from: fromKey, to: toKey, type: normalizeType(type), properties: cleanProperties(properties) },
      ...(as === undefined ? {} : { as }),
      source,
    });
  }
  for (const { from, type, to } of extraction.retract) {
    for (const name of [from, to].map(oneLine)) resolve(normalizeName(name), name, 'Thing', {});
    const fromKey = keys.get(normalizeName(oneLine(from)));
    const toKey = keys.get(normalizeName(oneLine(to)));
    if (fromKey === undefined || toKey === undefined) {
      problems.push(
        `The retracted ${inWords({ from, type, to })} is not in the graph: name its ends as the graph does.`,
      );
      continue;
    }
    changes.push({ op: 'retract-edge', from: fromKey, to: toKey, type: normalizeType(type), source });
  }
  return { changes: [...changes, ...merges], problems };
}

/** Between which keys an edge was stated, where other spellings were used. */
export function endsAs(from: string | undefined, to: string | undefined): { from?: string; to?: string } | undefined {
  if (from === undefined && to === undefined) return undefined;
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function cleanProperties(properties: { name: string; value: PropertyValue }[]): Properties {
  const clean: Properties = {};
  for (const { name, value: given } of properties) {
    const value = typeof given === 'string' ? withoutUnseen(given) : given;
    const property = normalizeProperty(name);
    if (property === undefined || property === 'name' || value === '') continue;
    clean[property] = value;
  }
  return clean;
}
