import { inverted } from './lists.ts';
import type { NameSimilarity } from './names.ts';
import type { EntityTable } from './table.ts';

/** A neighbour that tells so much, in common beside the name, makes two that alone have a name most likely the same. */
const TELLING = 0.5;
/** What is taken for seen before any pair is: how often types agree, and of how many pairs. */
const USUAL = { agreed: 6, of: 8 } as const;

/**
 * How often each type agrees of two entities that are the same, from 0 to 1: estimated from pairs that alone have a name, and have
 * a telling neighbour by another type in common.
 */
export function reliabilitiesOf(table: EntityTable, names: NameSimilarity): Float32Array {
  const agreed = new Float32Array(table.typeNames.length).fill(USUAL.agreed);
  const compared = new Float32Array(table.typeNames.length).fill(USUAL.of);
  const having = inverted(table.namesOf, table.names.length);
  for (let name = 0; name < table.names.length; name += 1) {
    const first = having.starts[name]!;
    if (having.starts[name + 1]! - first !== 2) continue;
    const best = agreementOf(table, names, having.items[first]!, having.items[first + 1]!);
    for (const [type, { alike }] of best) {
      if (![...best].some(([other, { telling }]) => other !== type && telling >= TELLING)) continue;
      agreed[type]! += alike;
      compared[type]! += 1;
    }
  }
  return agreed.map((count, type) => count / compared[type]!);
}

/** Of each type by which both have neighbours, how alike the most alike two are, and how much one in common tells. */
function agreementOf(
  { neighboursOf: { starts, items }, types, neighbourWeights }: EntityTable,
  names: NameSimilarity,
  one: number,
  other: number,
): Map<number, { alike: number; telling: number }> {
  const best = new Map<number, { alike: number; telling: number }>();
  for (let a = starts[one]!; a < starts[one + 1]!; a += 1) {
    for (let b = starts[other]!; b < starts[other + 1]!; b += 1) {
      if (types[a] !== types[b]) continue;
      const { alike, telling } = best.get(types[a]!) ?? { alike: 0, telling: 0 };
      const same = items[a] === items[b] ? neighbourWeights[items[a]!]! : 0;
      best.set(types[a]!, {
        alike: Math.max(alike, names.of(items[a]!, items[b]!)),
        telling: Math.max(telling, same),
      });
    }
  }
  return best;
}
