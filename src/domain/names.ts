import type { KnownNode } from './graph.ts';
import { spellingsOf } from './merge.ts';
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

/** All names of a node, each as `normalizeName` has it: its own, then other spellings and aliases. */
export function namesOf(node: Readonly<KnownNode>): string[] {
  const { key, properties } = node;
  const aliases = Object.entries(properties).flatMap(([property, value]) => aliasesIn(property, value));
  const spellings = spellingsOf(node).map(({ name }) => name);
  const names = [String(properties['name'] ?? key), ...spellings, ...aliases].map(normalizeName);
  return [...new Set(names.filter(Boolean))];
}
