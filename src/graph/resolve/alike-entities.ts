import type { AlikePair } from './job.ts';
import { inverted, ListsMaking } from './lists.ts';
import type { Lists } from './lists.ts';

/** Two candidates whose scores differ by less may both be meant. */
const MARGIN = 0.02;

/** Which entities each is alike, and how much. */
export class AlikeEntities {
  /** More than the number of any of them. */
  readonly end: number;
  readonly #pairs: readonly AlikePair[];
  /** The pairs that each is in, as places in `#pairs`. */
  readonly #pairsOf: Lists;

  constructor(pairs: readonly AlikePair[]) {
    this.end = pairs.reduce((end, { one, other }) => Math.max(end, one + 1, other + 1), 0);
    this.#pairs = pairs;
    const entitiesOf = new ListsMaking({ lists: pairs.length, items: 2 * pairs.length });
    for (const { one, other } of pairs) {
      entitiesOf.add(one);
      entitiesOf.add(other);
      entitiesOf.end();
    }
    this.#pairsOf = inverted(entitiesOf.made(), this.end);
  }

  has(one: number, other: number): boolean {
    const { starts, items } = this.#pairsOf;
    for (let at = starts[one]!; at < starts[one + 1]!; at += 1) {
      const pair = this.#pairs[items[at]!]!;
      if (pair.one === other || pair.other === other) return true;
    }
    return false;
  }

  /** Whether one of a pair is as much alike a third, which is not alike the other. */
  isEither({ one, other, score }: AlikePair): boolean {
    return this.#hasRival(one, other, score) || this.#hasRival(other, one, score);
  }

  #hasRival(entity: number, than: number, score: number): boolean {
    const { starts, items } = this.#pairsOf;
    for (let at = starts[entity]!; at < starts[entity + 1]!; at += 1) {
      const pair = this.#pairs[items[at]!]!;
      const third = pair.one === entity ? pair.other : pair.one;
      if (third !== than && pair.score > score - MARGIN && !this.has(than, third)) return true;
    }
    return false;
  }
}
