import type { Batch, Change, Properties } from './changes.ts';
import { utf8Length } from './text.ts';

/** UTF-8 bytes of a key, a label, a type or a property's name: what every back end can find things by. */
export const NAME_BYTES = 4_000;

/**
 * Thrown for a batch that not every back end could hold: a value that is no text, finite number or truth, a name that is
 * empty, longer than {@link NAME_BYTES} or holds U+0000, or text with half of a surrogate pair. Nothing of it is written.
 */
export class InvalidBatch extends Error {
  override readonly name = 'InvalidBatch';
}

/**
 * Refuses a batch that not every back end could hold, whichever it is meant for.
 *
 * @throws {RangeError} when its revision does not follow its base
 * @throws {InvalidBatch} for a name or a value
 */
export function checkBatch({ revision, base, changes }: Batch): void {
  if (!Number.isSafeInteger(base) || base < 0 || revision !== base + 1) {
    throw new RangeError(`Batch ${revision} cannot build on revision ${base}: a batch builds on the one before it.`);
  }
  for (const [index, change] of changes.entries()) {
    const problem = problemOf(change);
    if (problem !== undefined)
      throw new InvalidBatch(`Change ${index} (${change.op}) of batch ${revision}: ${problem}`);
  }
}

function problemOf(change: Change): string | undefined {
  switch (change.op) {
    case 'upsert-node': {
      const { key, labels, properties } = change.node;
      if (labels.length === 0) return `the node ${show(key)} has no label: give one at least.`;
      return (
        nameProblem('key', key) ??
        firstOf(labels, (label) => nameProblem('label', label)) ??
        (change.as === undefined
          ? undefined
          : (nameProblem('key', change.as.key) ?? valueProblem('as', change.as.name))) ??
        propertiesProblem(properties)
      );
    }
    case 'upsert-edge':
      return (
        edgeProblem({ ...change.edge, ...change.as }) ??
        edgeProblem(change.edge) ??
        propertiesProblem(change.edge.properties)
      );
    case 'retract-node':
      return nameProblem('key', change.key);
    case 'retract-edge':
      return edgeProblem(change);
    case 'merge-node':
      return nameProblem('key', change.key) ?? nameProblem('key', change.into);
    case 'split-node':
      return nameProblem('key', change.key) ?? nameProblem('key', change.spelling);
  }
}

function edgeProblem({ from, to, type, key }: { from: string; to: string; type: string; key?: string }) {
  return (
    nameProblem('key', from) ??
    nameProblem('key', to) ??
    nameProblem('edge type', type) ??
    (key === undefined || key === '' ? undefined : nameProblem('edge key', key))
  );
}

function propertiesProblem(properties: Properties): string | undefined {
  return firstOf(
    Object.entries(properties),
    ([name, value]) => nameProblem('property name', name) ?? valueProblem(name, value),
  );
}

function nameProblem(kind: string, name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return `a ${kind} is ${show(name)}: give text.`;
  const bytes = utf8Length(name);
  if (bytes > NAME_BYTES) return `the ${kind} ${show(name)} has ${bytes} bytes, the most is ${NAME_BYTES}: shorten it.`;
  if (name.includes('\0')) return `the ${kind} ${show(name)} holds U+0000: leave it out.`;
  return name.isWellFormed() ? undefined : `the ${kind} ${show(name)} holds half of a surrogate pair: leave it out.`;
}

function valueProblem(name: string, value: unknown): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value)
        ? undefined
        : `the property ${show(name)} is ${value}: give a finite number, or leave it out.`;
    case 'string':
      return value.isWellFormed()
        ? undefined
        : `the property ${show(name)} holds half of a surrogate pair: leave that out.`;
    default:
      return `the property ${show(name)} is ${describe(value)}: give text, a number or a truth; a list or a map is nodes and edges.`;
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'bigint') return `${value}n, which is over what a number holds exactly`;
  return value === null ? 'null' : `a ${typeof value}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function firstOf<T>(items: readonly T[], problem: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = problem(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
