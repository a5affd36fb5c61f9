import type { KnownNode } from './graph.ts';
import { normalizeName } from './text.ts';

/** Properties whose values are further names of a node, several with commas or semicolons between them. */
const ALIASES = ['alias', 'aliases', 'also_known_as', 'abbreviation', 'acronym', 'full_name'];

/** The names in a property that holds further names; none for any other property. */
export function aliasesIn(property: string, value: unknown): string[] {
  if (!ALIASES.includes(property) || typeof value !== 'string') return [];
  return value
    .split(/[,;]/)
    .map((name) => name.trim())
    .filter((name) => normalizeName(name) !== '');
}

/** All names of a node in one spelling: its own, then its aliases. */
export function namesOf({ key, properties }: Readonly<KnownNode>): string[] {
  const aliases = Object.entries(properties).flatMap(([property, value]) => aliasesIn(property, value));
  const names = [String(properties['name'] ?? key), ...aliases].map(normalizeName);
  return [...new Set(names.filter(Boolean))];
}
