import type { Properties, Spelling } from './changes.ts';
import { digitsOf, foldName } from './fold-name.ts';
import type { Graph, KnownNode } from './graph.ts';
import { spellingsOf } from './merge.ts';
import { aliasesIn } from './names.ts';
import { normalizeName } from './text.ts';

/** A thing as it is named. */
export interface NamedThing {
  name: string;
  /** In the one spelling of labels; `Thing` where none is known. */
  label: string;
  properties: Properties;
}

interface KnownThing {
  key: string;
  labels: readonly string[];
  /** Its own first. */
  names: readonly string[];
  /** Place in the order in which things became known. */
  order: number;
  spellings: readonly Spelling[];
}

/** Label of what nothing more is known of: it goes with every other. */
const ANY = 'Thing';

/**
 * Finds what a graph has already under another spelling, by rule: spellings that fold into the same (see `foldName`), and
 * aliases that either side states. Labels must go together; digits must be the same; of two candidates neither is meant.
 */
export class EntityIndex {
  readonly #things = new Map<string, KnownThing>();
  /** Keys by folded name. */
  readonly #named = new Map<string, Set<string>>();
  /** Keys by folded alias. */
  readonly #aliased = new Map<string, Set<string>>();
  /** Keys by the normalised names of other spellings. */
  readonly #spelled = new Map<string, string>();

  constructor(graph: Graph) {
    for (const node of graph.nodes.values()) this.add(node);
  }

  /** Adds a node that the graph is about to have; one that it has stays as it is. */
  add(node: Pick<KnownNode, 'key' | 'labels' | 'properties' | 'merged'>): void {
    if (this.#things.has(node.key)) return;
    const own = String(node.properties['name'] ?? node.key);
    const spellings = spellingsOf(node).map(({ key, name }) => ({ key, name }));
    const names = [own, ...spellings.map(({ name }) => name)];
    const aliases = aliasesOf(node.properties);
    this.#things.set(node.key, {
      key: node.key,
      labels: node.labels,
      names: [...names, ...aliases],
      order: this.#things.size,
      spellings,
    });
    for (const { name } of spellings) {
      const normalized = normalizeName(name);
      if (!this.#spelled.has(normalized)) this.#spelled.set(normalized, node.key);
    }
    for (const name of names) put(this.#named, foldName(name), node.key);
    for (const alias of aliases) put(this.#aliased, foldName(alias), node.key);
  }

  has(key: string): boolean {
    return this.#things.has(key);
  }

  /** The key of the node of which a normalised name is a spelling that was merged. */
  spelled(normalized: string): string | undefined {
    return this.#spelled.get(normalized);
  }

  /** That spelling. */
  spellingOf(key: string, normalized: string): Spelling | undefined {
    return this.#things.get(key)?.spellings.find(({ name }) => normalizeName(name) === normalized);
  }

  /** Of two nodes that are the same, the one that was known first stays. */
  inOrder(one: string, other: string): { key: string; into: string } {
    const first = this.#things.get(one)!.order < this.#things.get(other)!.order;
    return first ? { key: other, into: one } : { key: one, into: other };
  }

  /** The key of the node that a thing is, under another spelling; undefined where none is, or more than one may be. */
  find(thing: NamedThing): string | undefined {
    const folded = foldName(thing.name);
    const found = new Set([...this.#keys(this.#named, folded), ...this.#keys(this.#aliased, folded)]);
    for (const alias of aliasesOf(thing.properties)) {
      for (const key of this.#keys(this.#named, foldName(alias))) found.add(key);
    }
    return this.#only(found, thing);
  }

  /** The key of another node that a node's aliases name; undefined where none is, or more than one may be. */
  findAliased(key: string, thing: NamedThing): string | undefined {
    const found = new Set<string>();
    for (const alias of aliasesOf(thing.properties)) {
      for (const other of this.#keys(this.#named, foldName(alias))) if (other !== key) found.add(other);
    }
    return this.#only(found, thing);
  }

  #keys(index: ReadonlyMap<string, Set<string>>, folded: string | undefined): Iterable<string> {
    return (folded === undefined ? undefined : index.get(folded)) ?? [];
  }

  #only(keys: ReadonlySet<string>, { name, label }: NamedThing): string | undefined {
    const digits = digitsOf(name);
    const fitting = [...keys].filter((key) => {
      const { labels, names } = this.#things.get(key)!;
      const together = label === ANY || labels.includes(label) || labels.every((other) => other === ANY);
      return together && digitsOf(names[0]!) === digits;
    });
    return fitting.length === 1 ? fitting[0] : undefined;
  }
}

function aliasesOf(properties: Properties): string[] {
  return Object.entries(properties).flatMap(([property, value]) => aliasesIn(property, value));
}

function put(index: Map<string, Set<string>>, folded: string | undefined, key: string): void {
  if (folded === undefined) return;
  const keys = index.get(folded);
  if (keys === undefined) index.set(folded, new Set([key]));
  else keys.add(key);
}
