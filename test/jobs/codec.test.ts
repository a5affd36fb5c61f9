import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/jobs/codec.ts';
import { textOf } from '../../src/jobs/plain-text.ts';

describe('what travels between threads', () => {
  test('comes out as structuredClone makes it', () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(value, (each) => {
        expect(decode(encode(each))).toEqual(structuredClone(each));
      }),
    );
  });

  test('objects with the same keys are as they were, and in their order', () => {
    const key = fc.constantFrom(
      ...['id', 'text', '0', 'constructor', '__proto__', 'length'],
      ...['"]: process.exit(1), ["', '${process.exit(1)}', '\\', '\u2028', '\ud800'],
    );
    const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 4 });
    const rows = keys.chain((names) => {
      const row = fc.array(fc.anything(), { minLength: names.length, maxLength: names.length });
      return fc.array(
        row.map((values) => {
          const object: Record<string, unknown> = {};
          names.forEach((name, index) => Object.defineProperty(object, name, whole(values[index])));
          return object;
        }),
        { maxLength: 12 },
      );
    });
    fc.assert(
      fc.property(rows, (each) => {
        const copy = decode(encode(each)) as object[];
        expect(copy).toEqual(structuredClone(each));
        expect(copy.map((one) => Object.keys(one))).toEqual(each.map((one) => Object.keys(one)));
      }),
    );
  });

  test('numbers are as they were, whatever others stand with them', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, 2 ** 31, -(2 ** 31), NaN));
    const rows = fc.array(fc.record({ one: number, other: fc.oneof(fc.integer(), number) }), { minLength: 4 });
    fc.assert(
      fc.property(rows, (each) => {
        expect(decode(encode(each))).toEqual(structuredClone(each));
      }),
    );
  });

  test('what tasks of one chunk share is shared, and views are of their own memory', () => {
    const shared = { count: 1 };
    const part = new Float64Array([1, 2, 3]).subarray(1, 2);
    const [first, second, third] = decode(
      encode([1, 2, 3, 4].map((id) => ({ id, shared, part, bytes: Buffer.from('b') }))),
    ) as { shared: object; part: Float64Array; bytes: Buffer }[];
    expect(first!.shared).toBe(second!.shared);
    expect([first!.part.buffer.byteLength, third!.part[0]]).toEqual([8, 2]);
    expect([Buffer.isBuffer(third!.bytes), third!.bytes.toString()]).toEqual([true, 'b']);
  });

  test('a getter counts once, and what cannot be copied says what it is', () => {
    let asked = 0;
    const rows = [1, 2, 3, 4].map(() => ({
      get value() {
        return (asked += 1);
      },
    }));
    expect(decode(encode(rows))).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }, { value: 4 }]);
    expect(() => encode([() => 1])).toThrow('() => 1 could not be cloned.');
    expect(() => encode(rows.map(() => ({ call: () => 1 })))).toThrow('could not be cloned.');
  });
});

describe('what is small and plain', () => {
  test('travels as a text, if it comes out of that as it was', () => {
    const leaf = fc.oneof(
      ...[fc.integer(), fc.double(), fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null)],
      ...[fc.constant(undefined), fc.bigInt(), fc.date()],
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value')),
        fc.sparseArray(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    }));
    let texts = 0;
    fc.assert(
      fc.property(value, (each) => {
        const text = textOf(each);
        if (text === undefined) return;
        texts += 1;
        expect(JSON.parse(text)).toStrictEqual(structuredClone(each));
      }),
      { numRuns: 500 },
    );
    expect(texts).toBeGreaterThan(50);
  });

  test('does not where something would be lost', () => {
    const twice = { a: 1 };
    const circle: unknown[] = [];
    circle.push(circle);
    const beside = Object.assign(new Array(1), { a: 1 });
    const lost = [
      undefined,
      NaN,
      -0,
      1n,
      new Date(0),
      new Map(),
      [twice, twice],
      circle,
      [,],
      beside,
      Object.create(null),
    ];
    expect(lost.map((each) => textOf(each))).toEqual(lost.map(() => undefined));
    expect(textOf('x'.repeat(10_000))).toBeUndefined();
    expect(textOf({ a: [1, 'ü', null, { b: true }] })).toBe('{"a":[1,"ü",null,{"b":true}]}');
  });
});

function whole(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
