import { z } from 'zod';
import type { QueryLanguage } from '../../domain/queries.ts';

/** What a model is told of the language that it writes a retrieval in. */
export interface LanguageWords {
  /** With its article, for example `a Cypher query`. */
  called: string;
  rules: string;
  /** A question and its query, for whoever writes one. */
  example: string;
  schema: z.ZodType<{ query: string }>;
}

const CYPHER: LanguageWords = {
  called: 'a Cypher query',
  rules:
    'Match names without regard to case, for example WHERE toLower(p.name) = "ada lovelace". Return names and properties, ' +
    'not whole nodes and no sums: what must be calculated is calculated later. Use only labels, edge types and properties that the graph has, with edges in the direction shown. ' +
    'One statement that reads: no CREATE, MERGE, SET, DELETE, CALL or LOAD.',
  example:
    'For example, for how many people live in the countries that Ada Vega leads together: ' +
    '{"query": "MATCH (p:Person)-[:LEADS]->(c:Country) WHERE toLower(p.name) = \'ada vega\' RETURN c.name, c.population"}, ' +
    'and the populations are added later.',
  schema: z.object({
    query: z.string().min(1).describe('One Cypher statement that only reads, for example MATCH … RETURN ….'),
  }),
};

const SPARQL: LanguageWords = {
  called: 'a SPARQL query',
  rules:
    'A node (:Person {name: "Ada"}) is ?p a label:Person ; prop:name "Ada" . An edge ("Ada")-[:LEADS]->("Peru") is ?p rel:LEADS ?c . ' +
    'Its properties hang on ?e edge:from ?p ; edge:to ?c ; edge:type rel:LEADS ; prop:since ?s . These prefixes are declared. ' +
    'Match names without regard to case: FILTER(LCASE(STR(?name)) = "ada lovelace"). Select names and properties, no sums. ' +
    'Use only labels, edge types and properties of the graph, edges in the direction shown. One SELECT: no update, SERVICE or FROM.',
  example:
    'For example, for how many people live in the countries that Ada Vega leads together: ' +
    '{"query": "SELECT ?country ?population WHERE { ?p prop:name ?name ; rel:LEADS ?c . FILTER(LCASE(STR(?name)) = \'ada vega\') ' +
    '?c prop:name ?country ; prop:population ?population }"}.',
  schema: z.object({
    query: z.string().min(1).describe('One SPARQL SELECT that only reads, for example SELECT … WHERE { … }.'),
  }),
};

const JAVASCRIPT: LanguageWords = {
  called: 'JavaScript',
  rules:
    'It is the body of a function of graph that returns values, or an array of objects {name, …}. It only reads, with:\n' +
    'graph.nodes({label?, name?, where?: node => …}): nodes; graph.node(name): one or undefined. Names match in any case.\n' +
    'graph.edges({type?, from?, to?}): edges {type, from, to, properties}; from and to are nodes, or names to find by.\n' +
    'graph.neighbours(node, {type?, direction?: "out" | "in"}): nodes.\n' +
    'A node is {name, labels, properties}; its values are in properties.\n' +
    'Use only labels, edge types and properties of the graph. No import, await, console.',
  example:
    'For example, for how many people live in the countries that Ada Vega leads together: ' +
    "{\"query\": \"const countries = graph.neighbours('ada vega', {type: 'LEADS', direction: 'out'});\\n" +
    'return countries.reduce((sum, c) => sum + c.properties.population, 0);"}',
  schema: z.object({
    query: z.string().min(1).describe('The body of a function of graph, for example return graph.nodes(…)….'),
  }),
};

const WORDS: Record<QueryLanguage, LanguageWords> = { cypher: CYPHER, sparql: SPARQL, javascript: JAVASCRIPT };

export function wordsOf(language: QueryLanguage = 'cypher'): LanguageWords {
  return WORDS[language];
}
