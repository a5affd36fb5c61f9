/**
 * A Cypher query with its edges in any direction: small models often mistake it. The same query where none is stated.
 */
export function withoutDirections(query: string): string {
  return query
    .replace(/\]\s*->\s*\(/g, ']-(')
    .replace(/\)\s*<-\s*\[/g, ')-[')
    .replace(/\)\s*(?:-->|<--)\s*\(/g, ')--(');
}
