import { DefaultDeserializer, DefaultSerializer } from 'node:v8';

/** How a value is written: as it is, or, of an array of objects with the same keys, key by key. */
const PLAIN = 0;
const BY_KEY = 1;

/** Arrays from so many objects on are looked at, and those with so many keys at most. */
const LEAST_OBJECTS = 4;
const MOST_KEYS = 32;

/** A column of numbers is written as one piece of memory. */
type Column = readonly unknown[] | Int32Array | Float64Array;
type Columns = [count: number, keys: string[], ...columns: Column[]];

/** Node's own, which its types do not declare. */
interface HostReader {
  _readHostObject(): ArrayBufferView;
}

/** Views that are read do not share the memory of the whole that they were read from. */
class Reader extends DefaultDeserializer {
  _readHostObject(): ArrayBufferView {
    const view = (DefaultDeserializer.prototype as unknown as HostReader)._readHostObject.call(this);
    if (view.byteLength === view.buffer.byteLength) return view;
    if (Buffer.isBuffer(view)) return Buffer.from(view);
    const own = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    const { constructor } = view as unknown as { constructor: new (buffer: ArrayBufferLike) => ArrayBufferView };
    return new constructor(own);
  }
}

/**
 * What `v8.serialize` copies: the values of a structured clone, without what can only be moved. Of arrays of objects that have the same keys,
 * as tasks and results mostly are, each key is written once, which makes reading them two to three times as fast.
 *
 * @throws {Error} for what cannot be copied, saying what
 */
export function encode(value: unknown): Buffer<ArrayBuffer> {
  const writer = new DefaultSerializer();
  writer.writeHeader();
  const columns = Array.isArray(value) ? columnsOf(value) : undefined;
  writer.writeUint32(columns === undefined ? PLAIN : BY_KEY);
  writer.writeValue(columns ?? value);
  return writer.releaseBuffer();
}

/** @returns what was encoded, with memory of its own */
export function decode(bytes: Uint8Array): unknown {
  return read(new Reader(bytes));
}

/** {@link decode} for what is used while its bytes are there: its views are of them. */
export function decodeBorrowed(bytes: Uint8Array): unknown {
  return read(new DefaultDeserializer(bytes));
}

function read(reader: DefaultDeserializer): unknown {
  reader.readHeader();
  const how = reader.readUint32();
  const value = reader.readValue() as unknown;
  return how === BY_KEY ? objectsOf(value as Columns) : value;
}

/** @returns undefined unless all are plain objects with the same keys */
function columnsOf(values: readonly unknown[]): Columns | undefined {
  if (values.length < LEAST_OBJECTS || !isPlain(values[0])) return undefined;
  const keys = Object.keys(values[0]);
  // What objects have by themselves, a constructor may not be able to give them.
  if (keys.length === 0 || keys.length > MOST_KEYS || keys.some((key) => key in Object.prototype)) return undefined;
  const columns = shapeOf(keys).write(values);
  return columns && [values.length, keys, ...columns];
}

function objectsOf([count, keys, ...columns]: Columns): unknown[] {
  const { Row } = shapeOf(keys);
  const objects: unknown[] = [];
  for (let row = 0; row < count; row += 1) objects.push(new Row(columns, row));
  return objects;
}

/** Code for objects with the same keys: it names them, which makes it twenty times as fast as a loop over them. */
interface Shape {
  /** @returns the values of each key; undefined unless all are plain objects with these keys in this order */
  write: (values: readonly unknown[]) => Column[] | undefined;
  /** Makes the object of a row of columns. */
  Row: new (columns: readonly Column[], row: number) => Record<string, unknown>;
}

/** By their keys, of the arrays that were seen last. */
const shapes = new Map<string, Shape>();
const MOST_SHAPES = 64;

function shapeOf(keys: readonly string[]): Shape {
  const name = JSON.stringify(keys);
  let shape = shapes.get(name);
  if (shape === undefined) {
    if (shapes.size >= MOST_SHAPES) shapes.clear();
    // Each key is in the code as a JSON string, and nothing else.
    const quoted = keys.map((key) => JSON.stringify(key));
    shape = { write: writerOf(keys, quoted), Row: rowOf(quoted) };
    shapes.set(name, shape);
  }
  return shape;
}

/**
 * A column is whole numbers as long as its values are, then a list. That a value is plain is seen by its constructor, which V8 looks up once for
 * all objects of a shape, as it does not a prototype.
 */
function writerOf(keys: readonly string[], quoted: readonly string[]): Shape['write'] {
  const each = (part: (at: number, key: string) => string): string => quoted.map((key, at) => part(at, key)).join('\n');
  const code = `
    const count = values.length;
    ${each((at) => `let numbers${at}, list${at};`)}
    for (let row = 0; row < count; row += 1) {
      const value = values[row];
      if (typeof value !== 'object' || value === null || value.constructor !== Object) return undefined;
      let at = 0;
      for (const key in value) {
        if (key !== keys[at]) return undefined;
        at += 1;
      }
      if (at !== keys.length) return undefined;
      ${each(
        (at, key) => `
          const value${at} = value[${key}];
          if (list${at} === undefined && isWhole(value${at})) (numbers${at} ??= new Int32Array(count))[row] = value${at};
          else (list${at} ??= listOf(numbers${at}, row)).push(value${at});`,
      )}
    }
    return [${quoted.map((_, at) => `list${at} === undefined ? numbers${at} : packed(list${at})`).join(', ')}];`;
  // oxlint-disable-next-line typescript/no-implied-eval -- it holds strings of JSON alone
  const write = new Function('values', 'keys', 'isWhole', 'listOf', 'packed', code) as (
    ...of: [readonly unknown[], readonly string[], typeof isWhole, typeof listOf, typeof packed]
  ) => Column[] | undefined;
  return (values) => write(values, keys, isWhole, listOf, packed);
}

/** A constructor is not the literal that V8 would soon make in old space (V8 13.6). */
function rowOf(quoted: readonly string[]): Shape['Row'] {
  const properties = quoted.map((key, at) => `this[${key}] = columns[${at}][row];`);
  // oxlint-disable-next-line typescript/no-implied-eval -- it holds strings of JSON alone
  const Row = new Function('columns', 'row', properties.join('\n'));
  Row.prototype = Object.prototype;
  return Row as unknown as Shape['Row'];
}

/** A whole number of 32 bits; of −0 the sign would be lost. */
function isWhole(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value && (value !== 0 || 1 / value > 0);
}

/** V8 writes arrays that may have holes, as those of a given length may, several times as slowly. */
function listOf(numbers: Int32Array | undefined, count: number): unknown[] {
  const list: unknown[] = [];
  for (let row = 0; row < count; row += 1) list.push(numbers![row]);
  return list;
}

/** Numbers as such, if all are. */
function packed(column: readonly unknown[]): Column {
  return column.every((value) => typeof value === 'number') ? new Float64Array(column) : column;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
