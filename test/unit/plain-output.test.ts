import { describe, expect, it } from 'vitest';
import { OutputError, plainOutput } from '../../src/tools/plain-output.ts';

const plain = (output: unknown): unknown => plainOutput(output, { characters: 1_000 });

const circle: Record<string, unknown> = { name: 'a' };
circle['rows'] = [{ again: circle }];

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('plainOutput', () => {
  it.each([
    ['text', 'text'],
    [undefined, undefined],
    [null, null],
    [7, 7],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [10n ** 20n, '100000000000000000000'],
    [
      { n: 5n, list: [1n, { x: 2n }] },
      { n: '5', list: ['1', { x: '2' }] },
    ],
    [
      { at: new Date(0), never: new Date(NaN) },
      { at: '1970-01-01T00:00:00.000Z', never: 'no date' },
    ],
    [
      new Map<unknown, unknown>([
        ['a', 1n],
        [2, [new Set(['b'])]],
      ]),
      { a: '1', 2: [['b']] },
    ],
    [new URL('http://a.example/b'), 'http://a.example/b'],
    [
      { left: undefined, right: 1 },
      { left: undefined, right: 1 },
    ],
    [nested(100), nested(100)],
  ])('%o is %o', (output, expected) => {
    expect(plain(output)).toEqual(expected);
  });

  it('lets a thing stand in two places', () => {
    const shared = { name: 'a' };
    expect(plain([shared, shared])).toEqual([shared, shared]);
  });

  it('keeps a member of any name to itself', () => {
    const copied = plain(JSON.parse('{"__proto__": {"polluted": 1}}')) as object;
    expect(Object.keys(copied)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });

  it.each<[string, unknown, string]>([
    ['a circle', circle, '.rows[0].again refers to what it is within: give plain data'],
    ['a function', () => 1, 'it is a function: give plain data'],
    ['a symbol within', { list: [1, Symbol('x')] }, '.list[1] is a symbol: give plain data'],
    ['bytes', { file: Buffer.from('x') }, '.file holds bytes: give text, or store them and give their hash'],
    ['too many levels', nested(101), 'it has more than 100 levels of lists and objects: give it flatter'],
    [
      'a getter that throws',
      {
        get x() {
          throw new Error('gone');
        },
      },
      '.x cannot be read (Error: gone)',
    ],
    [
      'a proxy that throws',
      [
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new TypeError('trap');
            },
          },
        ),
      ],
      '[0] cannot be read (TypeError: trap)',
    ],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
      'it cannot be read (Error: no)',
    ],
    ['long text', ['x'.repeat(500), 'x'.repeat(500)], 'it has more than 1000 characters: give it in pages'],
    ['long names', { ['x'.repeat(2_000)]: 1 }, 'it has more than 1000 characters: give it in pages'],
  ])('says what is wrong with %s, and where', (_, output, message) => {
    expect(() => plain(output)).toThrow(new OutputError(message));
  });

  it('reads no more of a huge output than it takes', () => {
    let read = 0;
    const endless = function* (): Generator<number> {
      for (;;) yield (read += 1);
    };
    const list = Object.assign([], { [Symbol.iterator]: endless });
    expect(() => plain({ list })).toThrow('it has more than 1000 characters: give it in pages');
    expect(read).toBeLessThan(1_000);
  });
});
