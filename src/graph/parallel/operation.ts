import type { Batch } from '../../domain/changes.ts';
import type { QueryLanguage } from '../../domain/queries.ts';

/** What an operation does to a graph, and how far it reaches. */
export interface Operation {
  kind: 'read' | 'write';
  /** `single`: a few things that are named; `bulk`: much of a graph; `traversal`: along edges; `aggregation`: a sum over much. */
  shape: 'single' | 'bulk' | 'traversal' | 'aggregation';
}

/** What follows from what an operation is. */
export interface OperationRule {
  /**
   * Which queue it joins: `writes` has its own slots and keeps a run's order, `heavy` may take three quarters of the slots
   * for reads, so that `light` never waits for heavy ones alone.
   */
  queue: 'light' | 'heavy' | 'writes';
  /** Whether its result is kept for the same statement at the same revision. */
  cached: boolean;
  /** Whether it may share a transaction with other runs' where the back end can. */
  batched: boolean;
  /** Whether it is sent in parts of at most `batchSize` changes. */
  split: boolean;
  /** Milliseconds after which its slot is free again. */
  milliseconds: number;
}

const READ = { cached: true, batched: false, split: false } as const;

/** The rules, by kind and shape. */
export const OPERATION_RULES: Record<Operation['kind'], Record<Operation['shape'], OperationRule>> = {
  read: {
    single: { ...READ, queue: 'light', milliseconds: 5_000 },
    traversal: { ...READ, queue: 'heavy', milliseconds: 15_000 },
    aggregation: { ...READ, queue: 'heavy', milliseconds: 15_000 },
    // As large as the graph: many of them would fill the memory.
    bulk: { ...READ, queue: 'heavy', cached: false, milliseconds: 120_000 },
  },
  write: {
    single: { queue: 'writes', cached: false, batched: true, split: false, milliseconds: 120_000 },
    bulk: { queue: 'writes', cached: false, batched: false, split: true, milliseconds: 300_000 },
    traversal: { queue: 'writes', cached: false, batched: false, split: true, milliseconds: 300_000 },
    aggregation: { queue: 'writes', cached: false, batched: false, split: true, milliseconds: 300_000 },
  },
};

export function ruleOf({ kind, shape }: Operation): OperationRule {
  return OPERATION_RULES[kind][shape];
}

/** What a batch is, by its changes: one that takes nodes back goes along their edges. */
export function operationOfBatch({ changes }: Batch, batchSize: number): Operation {
  if (changes.some(({ op }) => op !== 'upsert-node' && op !== 'upsert-edge' && op !== 'retract-edge')) {
    return { kind: 'write', shape: 'traversal' };
  }
  return { kind: 'write', shape: changes.length > batchSize ? 'bulk' : 'single' };
}

/** What a query that a model wrote is, by its words outside of comments and strings. Whether it only reads, its guard says. */
export function operationOfQuery(query: string, language: QueryLanguage): Operation {
  if (language === 'javascript') return { kind: 'read', shape: 'bulk' };
  const words = withoutTexts(query, language);
  if (AGGREGATES.test(words)) return { kind: 'read', shape: 'aggregation' };
  const { many, step, named } = PATTERNS[language];
  if (many.test(words) || (words.match(step)?.length ?? 0) > 1) return { kind: 'read', shape: 'traversal' };
  return { kind: 'read', shape: named.test(words) ? 'single' : 'bulk' };
}

const AGGREGATES = /\b(?:count|sum|avg|min|max|collect|stdevp?|percentile(?:cont|disc)|sample|group_concat)\s*\(/i;

/** Paths of any length, one step along an edge, and what names things. */
const PATTERNS = {
  cypher: {
    many: /\[[^\]]*\*|shortestpaths?\s*\(/i,
    step: /<?-\s*(?:\[[^\]]*\])?\s*->?/g,
    named: /\bwhere\b|\{|\blimit\b/i,
  },
  sparql: {
    many: /[\w>)][*+](?!\s*\d)/,
    step: /\brel:|<urn:kgot:relation:|\bedge:(?:from|to)\b/gi,
    named: /\bfilter\b|"|\blimit\b|\bvalues\b/i,
  },
};

/** Comments away, and texts empty: what is said in them is none of the query's words. */
function withoutTexts(query: string, language: 'cypher' | 'sparql'): string {
  const comment = language === 'cypher' ? String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)` : String.raw`#[^\n<>]*(?=\n|$)`;
  const texts = String.raw`"(?:\\[\s\S]|[^"\\])*(?:"|$)|'(?:\\[\s\S]|[^'\\])*(?:'|$)|${'`'}[^${'`'}]*(?:${'`'}|$)`;
  return query.replace(new RegExp(`${texts}|${comment}`, 'g'), (found) => (/^["']/.test(found) ? '""' : ' '));
}
