import { inverted } from './lists.ts';
import type { Lists } from './lists.ts';

/** Finds, for each entity, those in a block with it. */
export class Candidates {
  readonly #blocks: Lists;
  readonly #blocksOf: Lists;
  /** The look in which each was met last. */
  readonly #metIn: Float64Array;
  #look = 0;

  constructor(blocks: Lists, entities: number) {
    this.#blocks = blocks;
    this.#blocksOf = inverted(blocks, entities);
    this.#metIn = new Float64Array(entities);
  }

  /** Calls with each later entity of the same blocks, once: every pair comes up at the earlier of the two alone. */
  eachAfter(entity: number, call: (other: number) => void): void {
    // Not the entity: a task that is done again looks for the same once more.
    this.#look += 1;
    const { starts, items } = this.#blocks;
    for (let at = this.#blocksOf.starts[entity]!; at < this.#blocksOf.starts[entity + 1]!; at += 1) {
      const block = this.#blocksOf.items[at]!;
      // Members stand in their order: the later ones are at the end.
      for (let place = starts[block + 1]! - 1; place >= starts[block]!; place -= 1) {
        const other = items[place]!;
        if (other <= entity) break;
        if (this.#metIn[other] === this.#look) continue;
        this.#metIn[other] = this.#look;
        call(other);
      }
    }
  }
}
