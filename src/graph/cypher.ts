import { isReserved } from '../domain/changes.ts';
import type { Properties, PropertyValue } from '../domain/changes.ts';
import type { Graph } from '../domain/graph.ts';

/** Nodes and edges that one statement makes; databases are slow to plan, or refuse, much longer ones. */
const ONE_STATEMENT = 1_000;

/** As `apoc.export.cypher` names what nodes are found by while a graph is imported. */
const IMPORT_LABEL = '`UNIQUE IMPORT LABEL`';
const IMPORT_ID = '`UNIQUE IMPORT ID`';

/**
 * The graph as Cypher statements that make it again in an empty Neo4j or Grafeo: one for a graph of usual size; of a
 * larger one, a statement a node and an edge, and a last one that takes the import's marks off again.
 */
export function toCypher(graph: Graph): string[] {
  const size = graph.nodes.size + graph.edges.size;
  if (size === 0) return [];
  return size <= ONE_STATEMENT ? [inOneStatement(graph)] : inManyStatements(graph);
}

/** The statements as a script, each ended as `cypher-shell` wants it. */
export function toCypherScript(graph: Graph): string {
  return toCypher(graph)
    .map((statement) => `${statement};\n`)
    .join('');
}

function inOneStatement(graph: Graph): string {
  const variables = new Map([...graph.nodes.keys()].map((key, index) => [key, `n${index}`]));
  const nodes = [...graph.nodes.values()].map(
    ({ key, labels, properties }) => `(${variables.get(key)}${labelsText(labels)}${propertiesText(properties)})`,
  );
  const edges = [...graph.edges.values()].map(
    ({ from, to, type, properties }) =>
      `(${variables.get(from)})-[:${quoteName(type)}${propertiesText(properties)}]->(${variables.get(to)})`,
  );
  return `CREATE\n  ${[...nodes, ...edges].join(',\n  ')}`;
}

function inManyStatements(graph: Graph): string[] {
  const ids = new Map([...graph.nodes.keys()].map((key, index) => [key, index]));
  const found = (variable: string, key: string): string =>
    `(${variable}:${IMPORT_LABEL} {${IMPORT_ID}: ${ids.get(key)}})`;
  return [
    ...[...graph.nodes.values()].map(({ key, labels, properties }) => {
      const members = [...membersOf(properties), `${IMPORT_ID}: ${ids.get(key)}`].join(', ');
      return `CREATE (${labelsText(labels)}:${IMPORT_LABEL} {${members}})`;
    }),
    ...[...graph.edges.values()].map(
      ({ from, to, type, properties }) =>
        `MATCH ${found('a', from)}, ${found('b', to)} CREATE (a)-[:${quoteName(type)}${propertiesText(properties)}]->(b)`,
    ),
    `MATCH (n:${IMPORT_LABEL}) REMOVE n:${IMPORT_LABEL}, n.${IMPORT_ID}`,
  ];
}

function labelsText(labels: readonly string[]): string {
  return labels.map((label) => `:${quoteName(label)}`).join('');
}

function propertiesText(properties: Properties): string {
  const members = membersOf(properties);
  return members.length === 0 ? '' : ` {${members.join(', ')}}`;
}

function membersOf(properties: Properties): string[] {
  return Object.entries(properties).map(([name, value]) => `${quoteName(name)}: ${literal(value)}`);
}

/** A label, a type or a property name: in backticks where it is not a plain word. */
export function quoteName(name: string): string {
  return /^[A-Za-z]\w*$/.test(name) && !isReserved(name) ? name : `\`${name.toWellFormed().replaceAll('`', '``')}\``;
}

function literal(value: PropertyValue): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return quoteText(value);
  const size = Math.abs(value);
  if (Number.isSafeInteger(value) || (size >= 1e-6 && size < 2 ** 53)) return String(value);
  // The digits of a larger integer may not fit into 64 bits.
  const [digits, exponent] = value.toExponential().split('e');
  return `${digits!.includes('.') ? digits : `${digits}.0`}e${Number(exponent)}`;
}

/** A string in single quotes. Control characters, and a `u` after a backslash, which Neo4j would take for an escape, as code points. */
function quoteText(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(/\\(u)?|'|[\p{Cc}\u2028\u2029]/gu, (found) =>
      found === '\\' || found === "'" ? `\\${found}` : found === '\\u' ? `\\\\${codePoint('u')}` : codePoint(found),
    );
  return `'${escaped}'`;
}

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
