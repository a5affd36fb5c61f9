import { NameSimilarity } from './names.ts';
import { NeighbourSimilarity, UNKNOWN } from './neighbours.ts';
import type { ComparedTable } from './compared.ts';

/** What each thing that is compared counts in a score. Together they are 1. */
export const WEIGHTS = { name: 0.5, label: 0.1, neighbours: 0.4 } as const;

/** Names that are less alike are other names. */
const LEAST_ALIKE = 0.5;
/**
 * The least total of two that are taken for the same: docs/knowledge.md says how it was chosen, and how precise it is.
 */
export const THRESHOLD = 0.75;

/** Label of what nothing more is known of: it goes with every other. */
const ANY = 'Thing';

/** How alike two entities are, each from 0 to 1. */
export interface Score {
  total: number;
  /** That of the two names that are most alike; less where others are called so too. */
  name: number;
  /** 1 where they have a label in common, half of that where one is but a `Thing`. */
  label: number;
  /** See {@link NeighbourSimilarity}; 0.5 where nothing is known. */
  neighbours: number;
}

/** Scores pairs of entities of one table. */
export class Scorer {
  readonly #table: ComparedTable;
  readonly #names: NameSimilarity;
  readonly #neighbours: NeighbourSimilarity;
  readonly #labels: Map<number, number>[];
  /** Entities that have each name. */
  readonly #having: Int32Array;

  constructor(table: ComparedTable) {
    this.#table = table;
    this.#names = new NameSimilarity(table);
    this.#neighbours = new NeighbourSimilarity(table, this.#names);
    this.#labels = table.labelSets.map(() => new Map<number, number>());
    this.#having = new Int32Array(table.names.length);
    for (const name of table.namesOf.items) this.#having[name]! += 1;
  }

  /**
   * @returns undefined for two whose total is below `least`, or that are not the same whatever else is alike: their labels do
   *   not go together, all names' digits differ, or an edge joins them
   */
  score(one: number, other: number, least: number): Score | undefined {
    const label = this.#labelScore(this.#table.labelSetOf[one]!, this.#table.labelSetOf[other]!);
    if (label === 0) return undefined;
    const name = this.#nameScore(one, other);
    const known = WEIGHTS.label * label + WEIGHTS.name * name;
    if (name === 0 || known + WEIGHTS.neighbours < least || this.#neighbours.areJoined(one, other)) return undefined;
    const neighbours = this.#neighbours.of(one, other);
    // So that sums which come in another order are the same.
    const total = Math.round((known + WEIGHTS.neighbours * neighbours) * 1e6) / 1e6;
    return total < least ? undefined : { total, name, label, neighbours };
  }

  #labelScore(one: number, other: number): number {
    const known = this.#labels[one]!.get(other);
    if (known !== undefined) return known;
    const [a, b] = [this.#table.labelSets[one]!, this.#table.labelSets[other]!];
    const inCommon = a.some((label) => label !== ANY && b.includes(label));
    const open = [a, b].some((labels) => labels.every((label) => label === ANY));
    const score = inCommon ? 1 : open ? UNKNOWN : 0;
    this.#labels[one]!.set(other, score);
    return score;
  }

  #nameScore(one: number, other: number): number {
    const { bareFrom, namesOf } = this.#table;
    const { starts, items } = namesOf;
    let best = 0;
    for (let a = starts[one]!; a < starts[one + 1]!; a += 1) {
      // Paris (Texas) and Paris (France) are not one for both being Paris.
      const lastB = a < bareFrom[one]! ? starts[other + 1]! : bareFrom[other]!;
      for (let b = starts[other]!; b < lastB; b += 1) {
        const alike = this.#names.of(items[a]!, items[b]!);
        if (alike > LEAST_ALIKE)
          best = Math.max(best, ((alike - LEAST_ALIKE) / (1 - LEAST_ALIKE)) * this.#rarity(items[a]!, items[b]!));
      }
    }
    return best;
  }

  /** 1 for a name that only these two have; the more others may be meant as well, the less. */
  #rarity(one: number, other: number): number {
    const meant = one === other ? this.#having[one]! - 1 : Math.max(this.#having[one]!, this.#having[other]!);
    return 1 - Math.log(Math.max(1, meant)) / Math.log(this.#table.entities + 1);
  }
}
