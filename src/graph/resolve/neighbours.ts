import type { NameSimilarity } from './names.ts';
import type { ComparedTable } from './compared.ts';
import type { EntityTable } from './table.ts';

/** Where nothing is known, as much speaks for it as against it. */
export const UNKNOWN = 0.5;
/** Of a neighbour that is the same by another type of edge. */
const OTHER_TYPE = 0.5;
/** Neighbours whose names are less alike are others. */
const ALIKE = 0.6;
/** No neighbour alone makes it certain. */
const MOST = 0.9;

/**
 * What two entities' neighbours say: from 0, against their being the same, to 1. Each neighbour in common speaks for it, a rare
 * one more than one that many have; a type of edge by which both have other neighbours speaks against it, as far as that type is
 * one by which the same thing has the same neighbour.
 */
export class NeighbourSimilarity {
  readonly #table: ComparedTable;
  readonly #names: NameSimilarity;

  constructor(table: ComparedTable, names: NameSimilarity) {
    this.#table = table;
    this.#names = names;
  }

  /** Whether an edge joins the two: then it is said of two things. */
  areJoined(one: number, other: number): boolean {
    const { neighboursOf, ends } = this.#table;
    const { starts } = neighboursOf;
    for (let at = starts[one]!; at < starts[one + 1]!; at += 1) if (ends[at] === other) return true;
    for (let at = starts[other]!; at < starts[other + 1]!; at += 1) if (ends[at] === one) return true;
    return false;
  }

  of(one: number, other: number): number {
    const { neighboursOf, types, neighbourWeights, typeWeights } = this.#table;
    const { starts, items } = neighboursOf;
    const [fromB, toB] = [starts[other]!, starts[other + 1]!];
    /** How far each type that both have agrees. */
    const agreement = new Map<number, number>();
    const bestOfB = new Array<number>(toB - fromB).fill(0);
    let notForA = 1;
    for (let a = starts[one]!; a < starts[one + 1]!; a += 1) {
      let best = 0;
      for (let b = fromB; b < toB; b += 1) {
        const sameType = types[a] === types[b];
        const alike = items[a] === items[b] ? 1 : sameType ? this.#alike(items[a]!, items[b]!) : 0;
        if (sameType) agreement.set(types[a]!, Math.max(agreement.get(types[a]!) ?? 0, alike));
        const weight = Math.min(neighbourWeights[items[a]!]!, neighbourWeights[items[b]!]!);
        const tells = weight * alike * (sameType ? 1 : OTHER_TYPE);
        best = Math.max(best, tells);
        bestOfB[b - fromB] = Math.max(bestOfB[b - fromB]!, tells);
      }
      notForA *= 1 - MOST * best;
    }
    const notForB = bestOfB.reduce((product, best) => product * (1 - MOST * best), 1);
    let notAgainst = 1;
    for (const [type, agreed] of agreement) notAgainst *= 1 - MOST * (1 - agreed) * typeWeights[type]!;
    // One neighbour of the one may be like two of the other: it speaks once.
    const speaksFor = 1 - Math.max(notForA, notForB);
    return UNKNOWN * (notAgainst + speaksFor);
  }

  #alike(one: number, other: number): number {
    const alike = this.#names.of(one, other);
    return alike < ALIKE ? 0 : alike;
  }
}

/** Neighbours that both have, by whatever edges, as places in `neighboursOf.items` of `one`: the rarest first. */
export function sharedNeighbours(
  { neighboursOf: { starts, items }, neighbourWeights }: EntityTable,
  one: number,
  other: number,
): number[] {
  const theirs = items.subarray(starts[other], starts[other + 1]);
  const places: number[] = [];
  for (let at = starts[one]!; at < starts[one + 1]!; at += 1) if (theirs.includes(items[at]!)) places.push(at);
  return places.sort((a, b) => neighbourWeights[items[b]!]! - neighbourWeights[items[a]!]!);
}
