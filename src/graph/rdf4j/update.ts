import type { Difference, Statement } from './statements.ts';
import { GRAPH, META_GRAPH, REVISION } from './vocabulary.ts';

/**
 * One update, and so one transaction, that makes a difference and moves the revision, if the repository is still at
 * `base`: else it changes nothing. All stands in one VALUES, as RDF4J 4 silently changes nothing where there are two
 * (eclipse-rdf4j/rdf4j#4815), and overflows its stack on large templates (#5294).
 */
export function updateOf({ removed, added }: Difference, base: number, revision: number): string {
  const at = (number: number): Statement => `${META_GRAPH} ${GRAPH} ${REVISION} ${number}`;
  const rows = [
    ...added.map((statement) => `(UNDEF ${statement})`),
    `(UNDEF ${at(revision)})`,
    ...(base === 0 ? removed : [...removed, at(base)]).map(removal),
  ];
  const condition =
    base === 0
      ? `FILTER NOT EXISTS { GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ?any } }`
      : `GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ${base} }`;
  return [
    'DELETE { GRAPH ?from { ?s ?p ?o } } INSERT { GRAPH ?into { ?s ?p ?o } }',
    `WHERE { ${condition} VALUES (?from ?into ?s ?p ?o) {`,
    ...rows,
    '} }',
  ].join('\n');
}

function removal(statement: Statement): string {
  const end = statement.indexOf(' ');
  return `(${statement.slice(0, end)} UNDEF${statement.slice(end)})`;
}
