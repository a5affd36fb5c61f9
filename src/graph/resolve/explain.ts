import { counted } from '../../domain/text.ts';
import { oneLine } from '../../domain/unseen.ts';
import type { Material } from './material.ts';
import { sharedNeighbours } from './neighbours.ts';
import type { Score } from './score.ts';
import type { EntityTable } from './table.ts';

/** Neighbours in common that a reason names. */
const NAMED = 2;

/** Says why two entities are taken for the same. */
export class Explainer {
  readonly #table: EntityTable;
  readonly #material: Material;

  constructor(table: EntityTable, material: Material) {
    this.#table = table;
    this.#material = material;
  }

  /** For example `score 0.94: names "arts deli" and "arts delicatessen" 0.87, label Restaurant, both LOCATED_IN los angeles`. */
  reason(one: number, other: number, { total, name }: Score): string {
    const names = [one, other].map((entity) => JSON.stringify(this.#name(entity)));
    const labels = [one, other].map((entity) => this.#table.labelSets[this.#table.labelSetOf[entity]!]!);
    const label = labels[0]!.find((own) => labels[1]!.includes(own));
    const parts = [
      `score ${total.toFixed(2)}: names ${names.join(' and ')} ${name.toFixed(2)}`,
      label === undefined ? `labels ${labels.map((own) => own.join(' ')).join(' and ')}` : `label ${label}`,
      ...this.#neighbours(one, other),
    ];
    return parts.join(', ');
  }

  #neighbours(one: number, other: number): string[] {
    const shared = sharedNeighbours(this.#table, one, other);
    if (shared.length === 0) return ['no neighbour in common'];
    const named = shared.slice(0, NAMED).map((at) => {
      const type = this.#table.typeNames[this.#table.types[at]!]!;
      const name = this.#name(this.#table.ends[at]!);
      return type.startsWith('>') ? `both ${type.slice(1)} ${name}` : `${name} ${type.slice(1)} both`;
    });
    const left = shared.length - named.length;
    return left > 0 ? [...named, `${counted(left, 'neighbour')} more in common`] : named;
  }

  #name(entity: number): string {
    const { names, namesFrom } = this.#material;
    return oneLine(names[namesFrom[entity]!]!);
  }
}
