import sparqljs from 'sparqljs';
import { QueryError } from '../graph-store.ts';
import { checkPattern } from './patterns.ts';
import { PREFIXES } from './vocabulary.ts';

/** Levels of a query's syntax tree: RDF4J reads it by recursion. */
const DEEPEST = 3_000;
/** Brackets within brackets: the time in which groups are parsed grows with the square of their depth. */
const MOST_BRACKETS = 200;

const ADVICE =
  'Write one SELECT or ASK query over the graph, for example SELECT ?name WHERE { ?p a label:Person ; prop:name ?name }.';

/** Until a query is known to declare a prefix itself. */
const UNDECLARED = 'urn:kgot:undeclared:';

/**
 * The query as it may be sent: it is parsed, so that no spelling can disguise what it does, and its prefixes are declared.
 *
 * @throws {QueryError} with what is wrong and what would be right
 */
export function checkQuery(given: string): string {
  const text = decodeEscapes(given).replace(/;\s*$/, '');
  checkBrackets(text);
  const undeclared = Object.fromEntries(Object.keys(PREFIXES).map((prefix) => [prefix, UNDECLARED + prefix]));
  const parsed = parse(text, undeclared);
  if (parsed.type !== 'query') throw new QueryError(`The query may only read the graph: no updates. ${ADVICE}`);
  if (parsed.queryType !== 'SELECT' && parsed.queryType !== 'ASK') {
    throw new QueryError(`${parsed.queryType} gives no rows. ${ADVICE}`);
  }
  if (parsed.from !== undefined) throw new QueryError(`There is one graph, the run's: leave FROM out. ${ADVICE}`);
  walk(parsed);
  return declarations(parsed.prefixes) + text;
}

function parse(text: string, prefixes: Record<string, string>): sparqljs.SparqlQuery {
  try {
    return new sparqljs.Parser({ prefixes }).parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    const reason = error instanceof Error ? error.message : String(error);
    throw new QueryError(`The query is no SPARQL 1.1: ${reason}`);
  }
}

/** Declares what the query does not declare itself, on its first line. */
function declarations(declared: Record<string, string>): string {
  return Object.entries(PREFIXES)
    .filter(([prefix, iri]) => {
      const own = declared[prefix];
      if (own === UNDECLARED + prefix) return true;
      if (own !== iri) throw new QueryError(`The prefix ${prefix}: is <${iri}> here: leave its declaration out.`);
      return false;
    })
    .map(([prefix, iri]) => `PREFIX ${prefix}: <${iri}> `)
    .join('');
}

/**
 * SPARQL takes `\u0053ERVICE` for SERVICE: escapes become characters here, and RDF4J finds none that it could read
 * otherwise.
 */
function decodeEscapes(text: string): string {
  const decoded = text.replace(ESCAPE, (escape, four?: string, eight?: string) => {
    const point = Number.parseInt(four ?? eight!, 16);
    const character = point <= 0x10ffff ? String.fromCodePoint(point) : '';
    if (character === '' || /["'\\<>\n\r\0]/.test(character) || !character.isWellFormed()) {
      throw new QueryError(`The escape ${escape} is not taken: write the character itself.`);
    }
    return character;
  });
  if (ESCAPE.test(decoded)) throw new QueryError('An escape gives an escape: write the character itself.');
  if (!decoded.isWellFormed() || decoded.includes('\0')) {
    throw new QueryError('The query holds U+0000 or half a character: leave it out.');
  }
  return decoded;
}

const ESCAPE = /\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})/g;

/** Looks at every part of the tree, without recursion. */
function walk(root: object): void {
  const parts: { part: object; depth: number }[] = [{ part: root, depth: 0 }];
  for (let next = parts.pop(); next !== undefined; next = parts.pop()) {
    const { part, depth } = next;
    if (depth > DEEPEST) throw tooDeep();
    checkPart(part);
    for (const member of Object.values(part)) {
      if (typeof member === 'object' && member !== null) parts.push({ part: member as object, depth: depth + 1 });
    }
  }
}

interface Part {
  type?: string;
  operator?: string;
  function?: { value?: string } | string;
  args?: { termType?: string; value?: string }[];
}

/** Functions by IRI that every SPARQL engine has: casts. RDF4J's own may do anything. */
const CASTS = /^http:\/\/www\.w3\.org\/2001\/XMLSchema#\w+$|^urn:kgot:undeclared:xsd\w+$/;

function checkPart({ type, operator, function: called, args }: Part): void {
  if (type === 'service') throw new QueryError(`The query may only read this graph: no SERVICE. ${ADVICE}`);
  if (type === 'functionCall') {
    const name = typeof called === 'string' ? called : (called?.value ?? '');
    if (!CASTS.test(name)) throw new QueryError(`There is no function <${name}>: use those of SPARQL 1.1.`);
  }
  if (type === 'operation' && (operator === 'regex' || operator === 'replace')) {
    const pattern = args?.[1];
    checkPattern(pattern?.termType === 'Literal' ? (pattern.value ?? '') : undefined);
  }
}

/** Counts those in strings as well: no query has that many there. */
function checkBrackets(text: string): void {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[(){}[\]]/g)) {
    depth += '({['.includes(bracket) ? 1 : -1;
    if (depth > MOST_BRACKETS) throw tooDeep();
  }
}

function tooDeep(): QueryError {
  return new QueryError('The query is nested too deeply: write it flatter.');
}
