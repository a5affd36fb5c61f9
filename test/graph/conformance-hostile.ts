import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import PQueue from 'p-queue';
import { expect, it } from 'vitest';
import { toDocument } from '../../src/graph/export.ts';
import { QueryError } from '../../src/graph/graph-store.ts';
import { temporaryFolder, temporaryStore } from '../support/folders.ts';
import { graphOf, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';
import { batch, FIRST } from './conformance.ts';
import type { OpenStore, QueryLanguage } from './conformance.ts';
import { REFUSED_CYPHER } from './conformance-guards.ts';
import { REFUSED_SPARQL } from './conformance-sparql-guards.ts';

const COUNT = 1_000;

/** A thousand queries that mean no good, put together from those that the guards know and from disguises. */
export function hostileConformance(open: OpenStore, language: QueryLanguage): void {
  it(
    `lets none of ${COUNT} hostile queries write, leave its run, read a file, or hold a slot past its limit`,
    { timeout: 240_000 },
    async () => {
      const store = await open(temporaryStore());
      const other = batch(1, upsertNode('Country', 'Chile', { word: 'the-others-word' }));
      await Promise.all([store.apply('r', FIRST), store.apply('other', other)]);
      const file = join(temporaryFolder(), 'secret.csv');
      writeFileSync(file, 'word\nthe-files-word\n');
      const limits = { rows: 10, milliseconds: 1_000 };
      const refused = { errors: 0, harmless: 0 };
      const queue = new PQueue({ concurrency: 20 });
      await queue.addAll(
        hostileQueries(language, file).map((query) => async () => {
          const outcome = await store.query('r', 1, query, limits).catch((error: unknown) => error);
          if (outcome instanceof QueryError) {
            refused.errors += 1;
            expect(outcome.message, query).not.toMatch(/the-files-word|the-others-word/);
          } else {
            refused.harmless += 1;
            expect(outcome, query).toHaveProperty('rows');
            expect(JSON.stringify(outcome), query).not.toMatch(/the-files-word|the-others-word/);
          }
        }),
      );
      expect(refused.errors + refused.harmless).toBe(COUNT);
      expect(refused.errors).toBeGreaterThan(COUNT / 2);
      expect(toDocument(await store.stored('r'))).toEqual(toDocument(graphOf(FIRST.changes)));
      expect(toDocument(await store.stored('other'))).toEqual(toDocument(graphOf(other.changes)));
      const { rows } = await store.query('r', 1, PLAIN[language], { rows: 10, milliseconds: 20_000 });
      expect(rows).toEqual([['Peru']]);
      await Promise.all([store.drop('r'), store.drop('other')]);
      await store.close();
    },
  );
}

const PLAIN: Record<QueryLanguage, string> = {
  cypher: 'MATCH (c:Country) RETURN c.name',
  sparql: 'SELECT ?name WHERE { ?c a label:Country ; prop:name ?name }',
};

/** What reads files, calls out, looks at others, or goes on and on. */
const REACHES: Record<QueryLanguage, (file: string) => string[]> = {
  cypher: (file) => [
    `LOAD CSV FROM "file://${file}" AS line RETURN line`,
    `LOAD CSV WITH HEADERS FROM "${file}" AS line RETURN line.word`,
    'LOAD CSV FROM "http://127.0.0.1:9/x.csv" AS line RETURN line',
    `RETURN apoc.load.json("file://${file}")`,
    `COPY City FROM "${file}"`,
    'MATCH (n) WHERE n._run IS NOT NULL RETURN n',
    'MATCH (n) WHERE n.word CONTAINS "others" RETURN n.word',
    'MATCH (n) RETURN n.word',
    'USE other MATCH (n) RETURN n.word',
    'UNWIND range(1, 1000000000) AS n RETURN count(n)',
    'MATCH p = (a)-[*]-(b)-[*]-(c)-[*]-(d) RETURN count(p)',
    'RETURN reduce(text = "x", step IN range(1, 60) | text + text)',
  ],
  sparql: (file) => [
    `LOAD <file://${file}>`,
    `SELECT * FROM <file://${file}> WHERE { ?s ?p ?o }`,
    'SELECT * FROM NAMED <http://127.0.0.1:9/x> WHERE { GRAPH ?g { ?s ?p ?o } }',
    'SELECT * WHERE { SERVICE <http://127.0.0.1:9/sparql> { ?s ?p ?o } }',
    'SELECT * WHERE { SERVICE SILENT ?where { ?s ?p ?o } VALUES ?where { <http://127.0.0.1:9/> } }',
    'SELECT ?o WHERE { ?s prop:word ?o }',
    'SELECT ?o WHERE { GRAPH ?g { ?s prop:word ?o } }',
    'SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }',
    'SELECT ?x WHERE { ?x (!<urn:no>)* ?y . ?y (!<urn:no>)* ?z }',
    'ASK { FILTER(REGEX("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")) }',
  ],
};

const DISGUISES: Record<QueryLanguage, ((query: string) => string)[]> = {
  cypher: [
    (query) => query,
    (query) => query.toLowerCase(),
    (query) => query.toUpperCase(),
    (query) => `// only reads\n${query}`,
    (query) => `/* MATCH (n) RETURN n */ ${query}`,
    (query) => query.replaceAll(' ', '\n\t'),
    (query) => query.replaceAll(' ', '/**/ '),
    (query) => `MATCH (n) RETURN n; ${query}`,
    (query) => `MATCH (n) WITH n LIMIT 1 ${query}`,
    (query) => `CALL { ${query} } RETURN 1`,
    (query) => `EXPLAIN ${query}`,
    (query) => `PROFILE ${query}`,
    (query) => `RETURN 1 AS a UNION ${query}`,
    (query) => `MATCH (n) WHERE n.name = "\\"" ${query}`,
    (query) => `MATCH (n:\`a\`\`) ${query} //\`) RETURN n`,
    (query) => `${query} // RETURN 1`,
    (query) => `"; ${query}`,
    (query) => `\u200b${query}\u00a0`,
    (query) => `RETURN '${query.replaceAll("'", '')}' AS text`,
  ],
  sparql: [
    (query) => query,
    (query) => query.toLowerCase(),
    (query) => `# only reads\n${query}`,
    (query) => `PREFIX x: <urn:x>\n${query}`,
    (query) => query.replaceAll(' ', '\n\t'),
    (query) => `SELECT * WHERE { ?s ?p ?o } ; ${query}`,
    (query) => `${query} ; SELECT * WHERE { ?s ?p ?o }`,
    (query) => `SELECT * WHERE { { ${query} } }`,
    (query) => `${query} # SELECT`,
    (query) => query.replace(/[A-Z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
    (query) => `SELECT ("${query.replaceAll(/["\\\n]/g, '')}" AS ?text) WHERE {}`,
    (query) => `SELECT * WHERE { ?s ?p "\\"" } ${query}`,
    (query) => `} ; ${query}`,
    (query) => `BASE <urn:x> ${query}`,
    (query) => `\ufeff${query}`,
  ],
};

function hostileQueries(language: QueryLanguage, file: string): string[] {
  const refused = Object.values(language === 'cypher' ? REFUSED_CYPHER : REFUSED_SPARQL);
  const written = [...refused, ...REACHES[language](file)];
  const disguise = fc.constantFrom(...DISGUISES[language]);
  const generated = fc
    .tuple(fc.constantFrom(...written), disguise, disguise)
    .map(([query, inner, outer]) => outer(inner(query)));
  return [...written, ...fc.sample(generated, { seed: SEEDED.seed, numRuns: COUNT - written.length })];
}
