import type { GraphBackEnd } from './run.ts';

/** What SOLVE writes a query in: Cypher, SPARQL on RDF, or JavaScript over the graph. */
export type QueryLanguage = 'cypher' | 'sparql' | 'javascript';

/** What models query a back end in. */
export function queryLanguageOf(backEnd: GraphBackEnd): 'cypher' | 'sparql' {
  return backEnd === 'rdf4j' ? 'sparql' : 'cypher';
}

/**
 * A Cypher query with its edges in any direction: small models often mistake it. The same query where none is stated.
 */
export function withoutDirections(query: string): string {
  return query
    .replace(/\]\s*->\s*\(/g, ']-(')
    .replace(/\)\s*<-\s*\[/g, ')-[')
    .replace(/\)\s*(?:-->|<--)\s*\(/g, ')--(');
}

/**
 * Whether a Cypher query answers with sums, averages or arithmetic instead of the values: what they were made of would
 * not be seen, and the tool `calculate` is exact where stores differ.
 */
export function calculates(query: string): boolean {
  const unquoted = query.replace(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`/g, '');
  const returned = unquoted.slice(unquoted.search(/\bRETURN\b(?![\s\S]*\bRETURN\b)/i));
  return /\b(?:sum|avg)\s*\(|[\w)]\s*[-+*/%]\s*[\w(]/i.test(returned.replace(/\[[^\]]*\]/g, ''));
}
