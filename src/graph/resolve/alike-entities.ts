import type { AlikePair } from './job.ts';
import type { Lists } from './lists.ts';

/** Two candidates whose scores differ by less may both be meant. */
const MARGIN = 0.02;

/** Which entities each is alike, and how much. */
export class AlikeEntities {
  /** More than the number of any of them. */
  readonly end: number;
  readonly #others: Lists;
  /** Beside the items of `#others`. */
  readonly #scores: Float64Array;

  constructor(pairs: readonly AlikePair[]) {
    this.end = pairs.reduce((end, { one, other }) => Math.max(end, one + 1, other + 1), 0);
    const starts = new Int32Array(this.end + 1);
    for (const { one, other } of pairs) {
      starts[one + 1]! += 1;
      starts[other + 1]! += 1;
    }
    for (let entity = 0; entity < this.end; entity += 1) starts[entity + 1]! += starts[entity]!;
    const items = new Int32Array(2 * pairs.length);
    const scores = new Float64Array(2 * pairs.length);
    const next = starts.slice();
    for (const { one, other, score } of pairs) {
      const [ofOne, ofOther] = [next[one]!++, next[other]!++];
      items[ofOne] = other;
      items[ofOther] = one;
      scores[ofOne] = score;
      scores[ofOther] = score;
    }
    this.#others = { starts, items };
    this.#scores = scores;
  }

  has(one: number, other: number): boolean {
    const { starts, items } = this.#others;
    for (let at = starts[one]!; at < starts[one + 1]!; at += 1) if (items[at] === other) return true;
    return false;
  }

  /** Whether one of a pair is as much alike a third, which is not alike the other. */
  isEither({ one, other, score }: AlikePair): boolean {
    return this.#hasRival(one, other, score) || this.#hasRival(other, one, score);
  }

  #hasRival(entity: number, than: number, score: number): boolean {
    const { starts, items } = this.#others;
    for (let at = starts[entity]!; at < starts[entity + 1]!; at += 1) {
      const third = items[at]!;
      if (third !== than && this.#scores[at]! > score - MARGIN && !this.has(than, third)) return true;
    }
    return false;
  }
}
