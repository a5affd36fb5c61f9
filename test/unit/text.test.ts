import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, normalizeName, renderText, truncate, utf8Length } from '../../src/domain/text.ts';
import { SEEDED } from '../support/property.ts';

/** Any UTF-16 code units, lone surrogates among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

/** The same value with the members of every object in another order. */
function reordered(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((item) => reordered(item, turn));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([name, member]) => [name, reordered(member, turn)] as const);
  const at = members.length === 0 ? 0 : turn % members.length;
  return Object.fromEntries([...members.slice(at), ...members.slice(0, at)].reverse());
}

describe('canonicalJson', () => {
  it('is equal for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(7), (value, turn) => {
        expect(canonicalJson(reordered(value, turn))).toBe(canonicalJson(value));
      }),
      SEEDED,
    );
  });

  it('is JSON of the value itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      SEEDED,
    );
  });

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [first, second] = [JSON.parse(JSON.stringify(a)) as unknown, JSON.parse(JSON.stringify(b)) as unknown];
        fc.pre(!isDeepEqual(first, second));
        expect(canonicalJson(a)).not.toBe(canonicalJson(b));
      }),
      SEEDED,
    );
  });

  it('leaves out members without a value, as JSON does', () => {
    expect(canonicalJson({ b: 1, a: undefined, c: [undefined] })).toBe('{"b":1,"c":[null]}');
    expect(canonicalJson(undefined)).toBe('null');
  });
});

function isDeepEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

describe('truncate', () => {
  it('never exceeds its limit', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), fc.nat(400), (text, limit) => {
        expect(truncate(text, limit).length).toBeLessThanOrEqual(limit);
      }),
      SEEDED,
    );
  });

  it('cuts no character in two', () => {
    for (let limit = 0; limit <= 100; limit += 1) {
      expect(truncate('😀'.repeat(100), limit).isWellFormed()).toBe(true);
      expect(truncate(`x${'😀'.repeat(100)}`, limit).isWellFormed()).toBe(true);
    }
  });

  it('says nothing where there is no room to say it', () => {
    expect(truncate('abc'.repeat(100), 5)).toBe('abcab');
    expect(truncate('abc', 0)).toBe('');
  });

  it('keeps text that fits as it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(20), (text, more) => {
        expect(truncate(text, text.length + more)).toBe(text);
      }),
      SEEDED,
    );
  });

  it('keeps the beginning and says how many characters are beyond the limit', () => {
    const cut = truncate('abc'.repeat(100), 100);
    expect(cut).toMatch(/^(abc)+/);
    expect(cut).toContain('[200 characters left out]');
  });
});

describe('normalizeName', () => {
  it.each([
    ['  Ada   LOVELACE ', 'ada lovelace'],
    ['St. John’s (Newfoundland)', 'st john s newfoundland'],
    ['ﬁnance', 'finance'],
    ['Ａｄａ', 'ada'],
    ['漢字・かな', '漢字 かな'],
    ['École 42', 'école 42'],
    ['?!…', ''],
    ['a! \u0301', 'a'],
    ['❤️ \u0301', ''],
    ['a \u0301 b', 'a b'],
    ['कि, की', 'कि की'],
    ['नमस्ते', 'नमस्ते'],
  ])('writes %j as %j', (name, normalized) => {
    expect(normalizeName(name)).toBe(normalized);
  });

  it('gives composed and decomposed letters one spelling', () => {
    expect(normalizeName('Zo\u0065\u0308')).toBe(normalizeName('Zo\u00eb'));
    expect(normalizeName('\u03aa\u0301')).toBe(normalizeName('\u0390'));
  });

  it('is the same for ASCII as with a letter of another script behind it', () => {
    const ascii = fc.array(fc.integer({ min: 0, max: 0x7f })).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(ascii, (name) => {
        expect(normalizeName(`${name} ß`)).toBe(`${normalizeName(name)} ß`.trim());
      }),
      SEEDED,
    );
  });

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        expect(normalizeName(normalizeName(name))).toBe(normalizeName(name));
      }),
      SEEDED,
    );
  });
});

describe('utf8Length', () => {
  it('counts the bytes that Node writes, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
      SEEDED,
    );
  });

  it('counts characters outside of the basic plane once', () => {
    expect(utf8Length('a ß 漢 😀')).toBe(Buffer.byteLength('a ß 漢 😀'));
  });
});

describe('renderText', () => {
  it('shows members as lines, lists of words in one line, and lists of things apart', () => {
    const value = { title: 'Peru', tags: ['a', 'b'], rows: [{ n: 1 }, { n: 2 }], none: null };
    expect(renderText(value)).toMatch(/^title: Peru\ntags:\s+a, b\nrows:\n {2}n: 1\n {2}---\n {2}n: 2$/);
  });

  it('shows a string as it is', () => {
    expect(renderText('two\nlines')).toBe('two\nlines');
  });
});
