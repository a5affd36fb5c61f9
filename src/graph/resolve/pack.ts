import type { Lists } from './lists.ts';
import type { EntityTable } from './table.ts';

/** All that scoring needs, as workers read it: what is compared, and the blocks. */
export interface ResolveMaterial {
  table: EntityTable;
  blocks: Lists;
}

/** Thrown for bytes that are no {@link pack packed} material, or that of another version. */
export class UnreadableMaterial extends Error {
  override readonly name = 'UnreadableMaterial';
}

const FORMAT = 'kgot-resolve-1';

interface Header {
  format: string;
  entities: number;
  labelSets: string[][];
  typeNames: string[];
  /** Bytes of texts, then elements of each array. */
  lengths: number[];
}

/** Material as one run of bytes: a header, texts with a line each, and arrays of 32-bit numbers that are read in place. */
export function pack({ table, blocks }: ResolveMaterial): Uint8Array {
  const texts = [table.names, table.tokens].map((lines) => Buffer.from(lines.join('\n')));
  const arrays = arraysOf({ table, blocks });
  const header: Header = {
    format: FORMAT,
    entities: table.entities,
    labelSets: table.labelSets.map((labels) => [...labels]),
    typeNames: [...table.typeNames],
    lengths: [...texts, ...arrays].map(({ length }) => length),
  };
  const head = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const front = Buffer.concat([size, head, ...texts]);
  const padding = Buffer.alloc(-front.length & 3);
  return Buffer.concat([
    front,
    padding,
    ...arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  ]);
}

/** @throws {UnreadableMaterial} */
export function unpack(bytes: Uint8Array): ResolveMaterial {
  // A buffer of a pool may begin anywhere; arrays of 32-bit numbers may not.
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { header, at: start } = headerOf(whole);
  let at = start;
  const [ofNames, ofTokens, ...ofArrays] = header.lengths;
  const text = (length: number): string[] => {
    at += length;
    return Buffer.from(whole.buffer, whole.byteOffset + at - length, length)
      .toString()
      .split('\n');
  };
  const [names, tokens] = [text(ofNames!), text(ofTokens!)];
  at += -at & 3;
  const place = (): [ArrayBufferLike, number, number] => {
    const length = ofArrays.shift()!;
    at += length * 4;
    return [whole.buffer, whole.byteOffset + at - length * 4, length];
  };
  const integers = (): Int32Array => new Int32Array(...place());
  const floats = (): Float32Array => new Float32Array(...place());
  const lists = (): Lists => ({ starts: integers(), items: integers() });
  const table: EntityTable = {
    entities: header.entities,
    names,
    tokens,
    labelSets: header.labelSets,
    typeNames: header.typeNames,
    namesOf: lists(),
    tokensOf: lists(),
    neighboursOf: lists(),
    bareFrom: integers(),
    labelSetOf: integers(),
    ends: integers(),
    types: integers(),
    tokenWeights: floats(),
    neighbourWeights: floats(),
    typeWeights: floats(),
  };
  return { table, blocks: lists() };
}

function arraysOf({ table, blocks }: ResolveMaterial): (Int32Array | Float32Array)[] {
  const lists = [table.namesOf, table.tokensOf, table.neighboursOf].flatMap(({ starts, items }) => [starts, items]);
  const { bareFrom, labelSetOf, ends, types, tokenWeights, neighbourWeights, typeWeights } = table;
  return [
    ...[...lists, bareFrom, labelSetOf, ends, types],
    ...[tokenWeights, neighbourWeights, typeWeights, blocks.starts, blocks.items],
  ];
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
