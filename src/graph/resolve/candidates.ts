import { inverted } from './lists.ts';
import type { Lists } from './lists.ts';

/** Finds, for each entity, those in a block with it. */
export class Candidates {
  readonly #blocks: Lists;
  readonly #blocksOf: Lists;
  /** The entity for which each was seen last. */
  readonly #seenFor: Int32Array;

  constructor(blocks: Lists, entities: number) {
    this.#blocks = blocks;
    this.#blocksOf = inverted(blocks, entities);
    this.#seenFor = new Int32Array(entities).fill(-1);
  }

  /** Calls with each later entity of the same blocks, once: every pair comes up at the earlier of the two alone. */
  eachAfter(entity: number, call: (other: number) => void): void {
    const { starts, items } = this.#blocks;
    for (let at = this.#blocksOf.starts[entity]!; at < this.#blocksOf.starts[entity + 1]!; at += 1) {
      const block = this.#blocksOf.items[at]!;
      // Members stand in their order: the later ones are at the end.
      for (let place = starts[block + 1]! - 1; place >= starts[block]!; place -= 1) {
        const other = items[place]!;
        if (other <= entity) break;
        if (this.#seenFor[other] === entity) continue;
        this.#seenFor[other] = entity;
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
