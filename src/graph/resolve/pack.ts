import type { Lists } from './lists.ts';
import type { EntityTable } from './table.ts';

/** Thrown for bytes that are no {@link pack packed} table, or one of another version. */
export class UnreadableMaterial extends Error {
  override readonly name = 'UnreadableMaterial';
}

const FORMAT = 'kgot-resolve-2';

interface Header {
  format: string;
  entities: number;
  labelSets: string[][];
  typeNames: string[];
  /** Bytes of texts, then elements of each array. */
  lengths: number[];
}

/** A table as one run of bytes: a header, its names with a line each, and arrays of 32-bit numbers that are read in place. */
export function pack(table: EntityTable): Uint8Array {
  const names = Buffer.from(table.names.join('\n'));
  const arrays = arraysOf(table);
  const header: Header = {
    format: FORMAT,
    entities: table.entities,
    labelSets: table.labelSets.map((labels) => [...labels]),
    typeNames: [...table.typeNames],
    lengths: [names, ...arrays].map(({ length }) => length),
  };
  const head = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const front = Buffer.concat([size, head, names]);
  const padding = Buffer.alloc(-front.length & 3);
  return Buffer.concat([
    front,
    padding,
    ...arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  ]);
}

/** @throws {UnreadableMaterial} */
export function unpack(bytes: Uint8Array): EntityTable {
  // A buffer of a pool may begin anywhere; arrays of 32-bit numbers may not.
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { header, at: start } = headerOf(whole);
  const [ofNames, ...ofArrays] = header.lengths;
  let at = start + ofNames!;
  const names = Buffer.from(whole.buffer, whole.byteOffset + start, ofNames)
    .toString()
    .split('\n');
  at += -at & 3;
  const place = (): [ArrayBufferLike, number, number] => {
    const length = ofArrays.shift()!;
    at += length * 4;
    return [whole.buffer, whole.byteOffset + at - length * 4, length];
  };
  const integers = (): Int32Array => new Int32Array(...place());
  const floats = (): Float32Array => new Float32Array(...place());
  const lists = (): Lists => ({ starts: integers(), items: integers() });
  return {
    entities: header.entities,
    names,
    labelSets: header.labelSets,
    typeNames: header.typeNames,
    namesOf: lists(),
    neighboursOf: lists(),
    bareFrom: integers(),
    labelSetOf: integers(),
    ends: integers(),
    types: integers(),
    neighbourWeights: floats(),
    typeWeights: floats(),
  };
}

function arraysOf(table: EntityTable): (Int32Array | Float32Array)[] {
  const lists = [table.namesOf, table.neighboursOf].flatMap(({ starts, items }) => [starts, items]);
  const { bareFrom, labelSetOf, ends, types, neighbourWeights, typeWeights } = table;
  return [...lists, bareFrom, labelSetOf, ends, types, neighbourWeights, typeWeights];
}

function headerOf(bytes: Uint8Array): { header: Header; at: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const at = 4 + buffer.readUInt32LE();
    const header = JSON.parse(buffer.toString('utf8', 4, at)) as Header;
    if (header.format === FORMAT) return { header, at };
  } catch {
    // Said below.
  }
  throw new UnreadableMaterial(`${bytes.length} bytes were given that are no ${FORMAT}: give what pack() made.`);
}
