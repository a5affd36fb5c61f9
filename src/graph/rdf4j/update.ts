import type { Difference, Statement } from './statements.ts';
import { GRAPH, META_GRAPH, REVISION } from './vocabulary.ts';

/**
 * One update, and so one transaction, that makes a difference and moves the revision, if the repository is still at
 * `base`: else it changes nothing. All stands in one VALUES, as RDF4J 4 silently changes nothing where there are two
 * (eclipse-rdf4j/rdf4j#4815), and overflows its stack on large templates (#5294). The condition is a query of its own,
 * which is answered once: joined to the rows, it would see what the first of them have changed.
 */
export function updateOf({ removed, added }: Difference, base: number, revision: number): string {
  const at = (number: number): Statement => `${META_GRAPH} ${GRAPH} ${REVISION} ${number}`;
  const gone = base === 0 ? removed : [...removed, at(base)];
  const condition =
    base === 0
      ? `FILTER NOT EXISTS { GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ?any } }`
      : `GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ${base} }`;
  // A row binds only what it adds or only what it removes: with its graph alone unbound it would go to the default graph.
  const [template, variables, unbound] =
    gone.length === 0
      ? ['INSERT { GRAPH ?g { ?s ?p ?o } }', '?g ?s ?p ?o', '']
      : ['DELETE { GRAPH ?h { ?t ?q ?r } } INSERT { GRAPH ?g { ?s ?p ?o } }', '?g ?s ?p ?o ?h ?t ?q ?r', ` ${UNBOUND}`];
  return [
    template,
    `WHERE { { SELECT * { ${condition} } } VALUES (${variables}) {`,
    ...[...added, at(revision)].map((statement) => `(${statement}${unbound})`),
    ...gone.map((statement) => `(${UNBOUND} ${statement})`),
    '} }',
  ].join('\n');
}

const UNBOUND = 'UNDEF UNDEF UNDEF UNDEF';
