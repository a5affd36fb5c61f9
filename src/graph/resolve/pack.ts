import type { Material } from './material.ts';

/** Thrown for bytes that are no {@link pack packed} material, or of another version. */
export class UnreadableMaterial extends Error {
  override readonly name = 'UnreadableMaterial';
}

const FORMAT = 'kgot-resolve-3';

interface Header extends Pick<Material, 'entities' | 'labelSets' | 'typeNames'> {
  format: string;
  /** Bytes of all names, then elements of each array. */
  lengths: number[];
}

/** Material as one run of bytes: a header, its names without anything between them, and arrays of 32-bit numbers that are read in place. */
export function pack(material: Material): Uint8Array {
  const names = Buffer.from(material.names.join(''));
  const { namesFrom, labelSetOf, from, to, types } = material;
  const lengths = new Int32Array(material.names.length);
  for (let at = 0; at < lengths.length; at += 1) lengths[at] = material.names[at]!.length;
  const arrays = [lengths, namesFrom, labelSetOf, from, to, types];
  const { entities, labelSets, typeNames } = material;
  const header: Header = {
    format: FORMAT,
    entities,
    labelSets,
    typeNames,
    lengths: [names, ...arrays].map(({ length }) => length),
  };
  const head = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const padding = Buffer.alloc(-(size.length + head.length + names.length) & 3);
  return Buffer.concat([
    size,
    head,
    names,
    padding,
    ...arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  ]);
}

/** @throws {UnreadableMaterial} */
export function unpack(bytes: Uint8Array): Material {
  // A buffer of a pool may begin anywhere; arrays of 32-bit numbers may not.
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { header, at: start } = headerOf(whole);
  const [ofNames, ...ofArrays] = header.lengths;
  const text = Buffer.from(whole.buffer, whole.byteOffset + start, ofNames).toString();
  let at = start + ofNames!;
  at += -at & 3;
  const [lengths, namesFrom, labelSetOf, from, to, types] = ofArrays.map((length) => {
    at += length * 4;
    return new Int32Array(whole.buffer, whole.byteOffset + at - length * 4, length);
  }) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
  let end = 0;
  const names = Array.from(lengths, (length) => text.slice(end, (end += length)));
  const { entities, labelSets, typeNames } = header;
  return { entities, names, namesFrom, labelSets, labelSetOf, from, to, types, typeNames };
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
