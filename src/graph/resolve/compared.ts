import { ListsMaking, Numbers } from './lists.ts';
import type { Lists } from './lists.ts';
import { NameSimilarity } from './names.ts';
import { reliabilitiesOf } from './reliabilities.ts';
import type { EntityTable } from './table.ts';
import { weightsOf } from './weights.ts';

/** The words of names. */
export interface Words {
  tokens: readonly string[];
  /** The words of each name, in order. */
  tokensOf: Lists;
  /** How much a word tells, from 0 (all names have it) to 1 (only one has): its inverse document frequency. */
  tokenWeights: Float32Array;
}

/** A table with what follows from it: whoever compares its entities works that out, instead of reading more. */
export interface ComparedTable extends EntityTable, Words {}

/** @returns the table with the words of its names, and types weighed by their {@link reliabilitiesOf reliability} as well */
export function comparedOf(table: EntityTable): ComparedTable {
  const words = wordsIn(table.names);
  const reliabilities = reliabilitiesOf(table, new NameSimilarity({ names: table.names, ...words }));
  const typeWeights = table.typeWeights.map((weight, type) => weight * reliabilities[type]!);
  return { ...table, ...words, typeWeights };
}

function wordsIn(names: readonly string[]): Words {
  const tokens = new Numbers();
  const making = new ListsMaking({ lists: names.length, items: 2 * names.length });
  for (const name of names) {
    for (const token of name.split(' ')) making.add(tokens.of(token));
    making.end();
  }
  const tokensOf = making.made();
  const counts = new Int32Array(tokens.texts.length);
  for (const token of tokensOf.items) counts[token]! += 1;
  return { tokens: tokens.texts, tokensOf, tokenWeights: weightsOf(counts, names.length) };
}
