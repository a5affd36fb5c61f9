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

/** Parts the entities into ranges that take about as long: by how often another is met in their blocks. */
export function evenRanges({ starts, items }: Lists, entities: number, ranges: number): number[] {
  const work = new Float64Array(entities).fill(1);
  for (let block = 0; block + 1 < starts.length; block += 1) {
    for (let at = starts[block]!; at < starts[block + 1]!; at += 1) work[items[at]!]! += starts[block + 1]! - 1 - at;
  }
  const each = work.reduce((sum, one) => sum + one, 0) / ranges;
  const bounds = [0];
  let sum = 0;
  for (let entity = 0; entity < entities; entity += 1) {
    sum += work[entity]!;
    if (sum >= each * bounds.length && entity + 1 < entities) bounds.push(entity + 1);
  }
  if (entities > 0) bounds.push(entities);
  return bounds;
}
