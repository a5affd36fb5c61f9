import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Change } from '../../src/domain/changes.ts';
import { nodeKey } from '../../src/domain/changes.ts';
import { applyBatch, emptyGraph } from '../../src/domain/graph.ts';
import { pairOf } from './labelled.ts';
import type { Labelled } from './labelled.ts';

/**
 * Restaurants of two guides, Fodor's (533) and Zagat's (331), and the 112 pairs that are the same, which the data's makers found
 * by hand (S. Tejada, C. Knoblock, S. Minton, 2001).
 *
 * @param facts which columns are nodes beside the restaurant: a city, a kind of kitchen, an address, a telephone number
 */
export function restaurants(folder: string, facts: readonly RestaurantFact[]): Labelled {
  const data = join(folder, 'py_entitymatching', 'datasets', 'end-to-end', 'restaurants');
  const rows = (file: string): Record<string, string>[] =>
    parse(readFileSync(join(data, file)), { columns: true, relax_column_count: true });
  const changes: Change[] = [];
  const seen = new Set<string>();
  const node = (key: string, label: string, name: string, source: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    changes.push({ op: 'upsert-node', node: { key, labels: [label], properties: { name } }, source });
  };
  for (const guide of ['fodors', 'zagats']) {
    for (const row of rows(`${guide}.csv`)) {
      const key = keyOf(guide, row['id']!);
      node(key, 'Restaurant', nameOf(row['name']!), guide);
      for (const fact of facts) {
        const name = valueOf(fact, row[fact]!);
        if (name === '') continue;
        const { label, type } = FACTS[fact];
        const to = nodeKey(label, name);
        node(to, label, name, guide);
        changes.push({ op: 'upsert-edge', edge: { from: key, to, type, properties: {} }, source: guide });
      }
    }
  }
  const same = rows('matches_fodors_zagats.csv').map(({ fodors_id: one, zagats_id: other }): [string, string] => [
    keyOf('fodors', one!),
    keyOf('zagats', other!),
  ]);
  const graph = applyBatch(emptyGraph(), { revision: 1, base: 0, changes });
  const known = new Set(same.map(([one, other]) => pairOf(one, other)));
  const isRestaurant = (key: string): boolean => key.startsWith('Restaurant:');
  return {
    graph,
    same,
    isSame: (one, other) => (isRestaurant(one) && isRestaurant(other) ? known.has(pairOf(one, other)) : undefined),
  };
}

const FACTS = {
  city: { label: 'City', type: 'LOCATED_IN' },
  type: { label: 'Kitchen', type: 'SERVES' },
  addr: { label: 'Address', type: 'HAS_ADDRESS' },
  phone: { label: 'Phone', type: 'HAS_PHONE' },
} as const;

export type RestaurantFact = keyof typeof FACTS;

function keyOf(guide: string, id: string): string {
  return `Restaurant:${guide} ${id}`;
}

/** `apple pan  the` is how the data writes "the apple pan". */
function nameOf(name: string): string {
  return name.replace(/^(.*?)\s+(the|le|la|il|l)$/, '$2 $1').trim();
}

function valueOf(fact: RestaurantFact, value: string): string {
  return fact === 'phone' ? value.replaceAll(/\D+/g, ' ').trim() : value.trim();
}
