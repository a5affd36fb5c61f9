import type { Batch, Change } from '../../src/domain/changes.ts';

/** Changes as a run makes them: people who know each other. */
export function people(count: number, edges: number, first = 0): Change[] {
  const source = 'round 1: search_documents({"query":"people"})';
  const key = (index: number): string => `Person:person ${first + index}`;
  return [
    ...Array.from({ length: count }, (_, index): Change => ({
      op: 'upsert-node',
      node: {
        key: key(index),
        labels: ['Person'],
        properties: { name: `Person ${first + index}`, age: (index * 7) % 90, city: `City ${index % 50}` },
      },
      source,
    })),
    // Each knows those a prime number away: no hubs, and no two edges are the same.
    ...Array.from({ length: edges }, (_, index): Change => ({
      op: 'upsert-edge',
      edge: {
        from: key(index % count),
        to: key((index + 7 * (1 + Math.floor(index / count))) % count),
        type: 'KNOWS',
        properties: { since: 1950 + (index % 70) },
      },
      source,
    })),
  ];
}

export function batchOf(revision: number, changes: Change[]): Batch {
  return { revision, base: revision - 1, changes };
}

/** Works through items, so many at once. */
export async function eachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

/** @returns seconds */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
