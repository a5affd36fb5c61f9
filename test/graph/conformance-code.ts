import { describe, expect, it } from 'vitest';
import { QueryError, RevisionConflict } from '../../src/graph/graph-store.ts';
import { manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { ADA, batch, FIRST, PERU } from './conformance.ts';
import type { OpenStore, QueryLanguage } from './conformance.ts';
import { ownRuns } from './own-runs.ts';
import { LIMITS } from './conformance-queries.ts';

/** Chile beside Peru, with a capital of its name in another spelling. */
const SECOND = batch(
  2,
  upsertNode('Country', 'Chile', { population: 19_000_000 }),
  upsertNode('City', 'Santiago de Chile'),
  upsertEdge('Country:chile', 'BORDERS', 'Country:peru'),
  upsertEdge('City:santiago de chile', 'CAPITAL_OF', 'Country:chile', { properties: { since: 1541 } }),
);

/** The countries of a graph, in the language of a back end's queries. */
const COUNTRIES: Record<QueryLanguage, string> = {
  cypher: 'MATCH (c:Country) RETURN c.name',
  sparql: 'SELECT ?name WHERE { ?c a label:Country ; prop:name ?name }',
};

/** JavaScript that a model wrote over a graph. */
export function codeConformance(open: OpenStore, language: QueryLanguage): void {
  const own = ownRuns(open, FIRST, SECOND);

  const run = (code: string, revision = 2, limits = LIMITS) => own.store.code(own.run, revision, code, limits);
  const rowsOf = async (code: string, revision = 2): Promise<unknown[][]> => (await run(code, revision)).rows;
  const errorOf = async (code: string, limits = LIMITS): Promise<string> => {
    const error: unknown = await run(code, 2, limits).catch((thrown: unknown) => thrown);
    expect(error, code).toBeInstanceOf(QueryError);
    return (error as QueryError).message;
  };

  describe('code', () => {
    it.each<[string, string, unknown[][]]>([
      [
        'nodes',
        'return graph.nodes().map(({ name }) => name).sort()',
        [['Ada Vega'], ['Chile'], ['Peru'], ['Santiago de Chile']],
      ],
      [
        'nodes of a label in any case',
        'return graph.nodes({ label: "country" }).map(({ name }) => name)',
        [['Peru'], ['Chile']],
      ],
      ['nodes of a name in any spelling', 'return graph.nodes({ name: "ADA-vega" }).map(({ key }) => key)', [[ADA]]],
      [
        'nodes where something holds',
        'return graph.nodes({ where: ({ properties }) => properties.population > 2e7 }).map(({ name }) => name)',
        [['Peru']],
      ],
      ['a node by its name', 'return graph.node("peru").properties.population', [[34_000_000]]],
      ['a node by its key', `return graph.node("${PERU}").labels`, [['Country']]],
      ['no node', 'return graph.node("Lima") === undefined', [[true]]],
      ['edges', 'return graph.edges().map(({ type }) => type)', [['LEADS'], ['BORDERS'], ['CAPITAL_OF']]],
      [
        'edges of a type in any case',
        'return graph.edges({ type: "leads" }).map((edge) => edge.from.name)',
        [['Ada Vega']],
      ],
      ['edges from a name', 'return graph.edges({ from: "ada vega" }).map((edge) => edge.to.name)', [['Peru']]],
      [
        'edges to a node',
        'return graph.edges({ to: graph.node("Chile") }).map(({ properties }) => properties.since)',
        [[1541]],
      ],
      ['edges to several nodes', 'return graph.edges({ to: graph.nodes({ label: "Country" }) }).length', [[3]]],
      ['edges from nothing', 'return graph.edges({ from: graph.node("Lima") }).length', [[0]]],
      ['neighbours', 'return graph.neighbours("Peru").map(({ name }) => name)', [['Ada Vega'], ['Chile']]],
      [
        'neighbours one way',
        'return graph.neighbours("Chile", { direction: "out" }).map(({ name }) => name)',
        [['Peru']],
      ],
      [
        'neighbours the other way',
        'return graph.neighbours("Chile", { direction: "in" }).map(({ name }) => name)',
        [['Santiago de Chile']],
      ],
      [
        'neighbours by a type',
        'return graph.neighbours("Peru", { type: "BORDERS" }).map(({ name }) => name)',
        [['Chile']],
      ],
      [
        'a sum',
        'return graph.nodes({ label: "Country" }).reduce((sum, { properties }) => sum + properties.population, 0)',
        [[53_000_000]],
      ],
    ])('reads %s', async (_, code, rows) => {
      expect(await rowsOf(code)).toEqual(rows);
    });

    it.each<[string, string, { columns: string[]; rows: unknown[][] }]>([
      [
        'objects',
        'return [{ name: "Peru", people: 34 }, { name: "Chile", area: 7 }]',
        {
          columns: ['name', 'people', 'area'],
          rows: [
            ['Peru', 34, null],
            ['Chile', null, 7],
          ],
        },
      ],
      [
        'arrays',
        'return [["Peru", 34], ["Chile"]]',
        {
          columns: ['1', '2'],
          rows: [
            ['Peru', 34],
            ['Chile', null],
          ],
        },
      ],
      ['values', 'return ["Peru", 34, true, null]', { columns: ['value'], rows: [['Peru'], [34], [true], [null]] }],
      ['one value', 'return 34', { columns: ['value'], rows: [[34]] }],
      ['one object', 'return { name: "Peru" }', { columns: ['name'], rows: [['Peru']] }],
      ['nothing', 'return graph.node("Lima")', { columns: [], rows: [] }],
      ['an empty array', 'return []', { columns: ['value'], rows: [] }],
      [
        'nodes and edges',
        'return [graph.node("Peru"), ...graph.edges({ type: "LEADS" })]',
        {
          columns: ['value'],
          rows: [['(:Country {name: Peru, population: 34000000})'], ['(Ada Vega)-[:LEADS {since: 2021}]->(Peru)']],
        },
      ],
      [
        'what is nested',
        'return { all: [1, "two", { three: [4] }], none: undefined, day: new Date(0) }',
        { columns: ['all', 'none', 'day'], rows: [['[1, two, {three: [4]}]', null, '1970-01-01T00:00:00.000Z']] },
      ],
      ['a set', 'return new Set([1, 1, 2])', { columns: ['value'], rows: [[1], [2]] }],
      ['a map', 'return new Map([["a", 1]])', { columns: ['1', '2'], rows: [['a', 1]] }],
      ['a very large integer', 'return 2n ** 70n', { columns: ['value'], rows: [['1180591620717411303424']] }],
      ['no number', 'return [NaN, -Infinity]', { columns: ['value'], rows: [['NaN'], ['-Infinity']] }],
      [
        'what contains itself',
        'const a = { name: "a" }; a.a = a; return [a]',
        { columns: ['name', 'a'], rows: [['a', expect.stringContaining('{name: a, a: ') as string]] },
      ],
    ])('may return %s', async (_, code, expected) => {
      expect(await run(code)).toEqual({ ...expected, truncated: false });
    });

    it('gives no more rows than its limit, also of what has no end, and no longer cells than a query', async () => {
      const limits = { ...LIMITS, rows: 3 };
      expect(await run('return [1, 2, 3]', 2, limits)).toMatchObject({ rows: [[1], [2], [3]], truncated: false });
      expect(await run('return [1, 2, 3, 4]', 2, limits)).toMatchObject({ rows: [[1], [2], [3]], truncated: true });
      const endless = 'return (function* () { for (let n = 1; ; n += 1) yield n })()';
      expect(await run(endless, 2, limits)).toMatchObject({ rows: [[1], [2], [3]], truncated: true });
      const long = await run(
        'return ["x".repeat(1e6), Array(1e5).fill("y"), { ["z".repeat(1e5)]: "é😀".repeat(1e5) }]',
      );
      for (const [cell] of long.rows) expect(String(cell).length).toBeLessThanOrEqual(2_000);
      const [column] = (await run('return { ["z".repeat(1e5)]: 1 }')).columns;
      expect(column!.length).toBeLessThanOrEqual(2_000);
    });

    it('sees the revision that it names, and no other, and nothing of another run', async () => {
      await own.store.apply('other', batch(1, upsertNode('Country', 'Kenya')));
      const names = 'return graph.nodes({ label: "Country" }).map(({ name }) => name)';
      expect(await rowsOf(names, 1)).toEqual([['Peru']]);
      expect(await rowsOf(names, 2)).toEqual([['Peru'], ['Chile']]);
      expect(await rowsOf(names, 0)).toEqual([]);
      await expect(run(names, 3)).rejects.toThrow(RevisionConflict);
      expect((await own.store.code('other', 1, names, LIMITS)).rows).toEqual([['Kenya']]);
    });

    it('sees what queries see, asked in turn', async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        expect((await own.store.query(own.run, 2, COUNTRIES[language], LIMITS)).rows).toHaveLength(2);
        expect(await rowsOf('return graph.nodes({ label: "Country" })')).toHaveLength(2);
      }
    });

    it('finds odd names and values as they are', async () => {
      const text = '漢字 😀 "quoted" \\ \'name\' \n ${x} </script> \u2028';
      await own.store.apply(own.run, batch(3, upsertNode('Odd', 'İstanbul', { text, constructor: 1, __proto: 2 })));
      const code = 'const { properties } = graph.node("İstanbul"); return [properties.text, properties.constructor]';
      expect(await rowsOf(code, 3)).toEqual([[text], [1]]);
    });

    it('may be changed by nothing that it does: the next question sees the graph as it was', async () => {
      for (const code of [
        'graph.nodes()[0].name = "x"',
        'graph.nodes()[0].properties.population = 1',
        'graph.nodes()[0].labels.push("X")',
        'graph.edges()[0].type = "X"',
        'delete graph.nodes()[0].properties.name',
        'graph.nodes = () => []',
        'Object.setPrototypeOf(graph.nodes()[0].properties, { population: 1 }); return 1',
        'Object.defineProperty(graph.node("Peru"), "name", { value: "x" }); return 1',
      ]) {
        expect(await errorOf(code), code).toMatch(
          /read-only|extensible|not configurable|could not delete|frozen|cannot/,
        );
      }
      for (const code of [
        'Array.prototype.map = () => ["x"]; Object.prototype.population = 7; return 1',
        'globalThis.left = "x"; String.prototype.toUpperCase = () => "x"; return 1',
        'graph.nodes().length = 0; return 1',
        'Set.prototype.has = () => true; JSON.stringify = () => "x"; Object.freeze = (x) => x; return 1',
      ]) {
        await run(code).catch(() => undefined);
        expect(await rowsOf('return graph.nodes({ label: "Country" }).map(({ name }) => name)')).toEqual([
          ['Peru'],
          ['Chile'],
        ]);
        expect(await rowsOf('return [typeof left, ({}).population, "a".toUpperCase()]')).toEqual([
          ['undefined'],
          [null],
          ['A'],
        ]);
      }
    });

    it.each([
      ['what does not parse', 'const a = 1;\nlet b = ;', /SyntaxError: .*\(line 2: let b = ;\)/],
      [
        'what is not there',
        'const lima = graph.node("Lima");\nreturn lima.name;',
        /TypeError: .*name.*\(line 2: return lima\.name;\)/,
      ],
      ['what it threw', 'throw new RangeError("too far")', /RangeError: too far \(line 1/],
      ['what it threw that is no error', 'throw { code: 7 }', /The code threw \{code: 7\}/],
      ['a missing return', 'graph.nodes()', /returned nothing: end it with return/],
      [
        'a filter of no such name',
        'return graph.nodes({ type: "City" })',
        /graph\.nodes takes \{label, name, where\}, not type/,
      ],
      ['a filter that is none', 'return graph.edges("LEADS")', /takes a filter \{type, from, to\}, not LEADS/],
      ['a where that is no function', 'return graph.nodes({ where: { age: 1 } })', /as where a function of a node/],
      ['another direction', 'return graph.neighbours("Peru", { direction: "up" })', /"out", "in" or "both"/],
      ['a function for a value', 'return () => 1', /a function: call it/],
      ['a function in a row', 'return [{ name: () => 1 }]', /a function: call it/],
      ['a promise', 'return (async () => 1)()', /a promise: nothing here waits/],
      ['a symbol', 'return Symbol("x")', /a symbol/],
      ['a getter that throws', 'return { get name() { throw new Error("not yet") } }', /Error: not yet/],
      ['rows that are too wide', 'return [Array(1000).fill(1)]', /1000 columns, the most is 100/],
      ['spoilt built-in functions', 'Array.prototype.toJSON = () => 5; return [1]', /changed built-in functions/],
    ])('is told of %s', async (_, code, message) => {
      expect(await errorOf(code)).toMatch(message);
    });

    it.each([
      ['loops without end', 'for (;;) {}'],
      ['loops that catch', 'for (;;) try { for (;;) {} } catch {}'],
      ['memory without end', 'const all = []; for (;;) all.push("x".repeat(1e5) + all.length)'],
      ['objects without end', 'const all = []; for (;;) all.push({ all })'],
      ['a huge array', 'return new Array(1e9).fill(0).length'],
      ['a huge buffer', 'return new Uint8Array(2 ** 30).fill(1).length'],
      ['text that doubles', 'let text = "x"; for (;;) text += text + text.length'],
      ['calls without end', 'const call = () => call() + 1; return call()'],
      ['a pattern that goes back for ever', 'return /(a+)+$/.test("a".repeat(50) + "!")'],
      ['a sort that never ends', 'return [1, 2, 3].sort(() => { for (;;) {} })'],
      ['a getter without end', 'return { get a() { for (;;) {} } }'],
      [
        'text without end while it is shown',
        'return { toString() { for (;;) {} }, [Symbol.iterator]: function* () { for (;;) yield* []; } }',
      ],
      ['a number of many digits', 'return 7n ** (7n ** 12n)'],
      ['a proxy for everything', 'return new Proxy({}, { ownKeys() { for (;;) {} } })'],
    ])('of %s is ended with the reason, and others follow', async (_, code) => {
      const message = await errorOf(code, { rows: 50, milliseconds: 500 });
      expect(message).toMatch(
        /longer than 0\.5 seconds|too much memory|overflow|too long|out of range|too large|invalid/i,
      );
      expect(await rowsOf('return graph.node("Peru").name')).toEqual([['Peru']]);
    });

    it('reaches nothing outside of itself', async () => {
      const reached = [
        'process',
        'require',
        'module',
        'fetch',
        'XMLHttpRequest',
        'WebSocket',
        'Deno',
        'Bun',
        'std',
        'os',
        'Worker',
        'WebAssembly',
        'setTimeout',
        'content',
      ];
      const ways = [
        (name: string) => `return typeof ${name}`,
        (name: string) => `return typeof globalThis[${JSON.stringify(name)}]`,
        (name: string) => `return Function("return typeof ${name}")()`,
        (name: string) => `return graph.nodes.constructor("return typeof ${name}")()`,
        (name: string) => `return (0, eval)("typeof ${name}")`,
        (name: string) =>
          `try { null.x } catch (error) { return error.constructor.constructor("return typeof ${name}")() }`,
        (name: string) => `return (function* () {}).constructor("yield typeof ${name}")()`,
      ];
      const code = ways.map((way) => `(() => { ${way('NAME')} })()`);
      for (const name of reached) {
        const rows = await rowsOf(
          `return [${code.join(', ').replaceAll('NAME', name)}].map((kind) => kind.next ? kind.next().value : kind)`,
        );
        expect(rows, name).toEqual(ways.map(() => ['undefined']));
      }
      for (const outside of [
        'import fs from "fs"; return 1',
        'return import("node:fs")',
        'export default 1',
        'return await 1',
        'return import.meta',
      ]) {
        await errorOf(outside);
      }
      expect(await rowsOf('}); (function () { return typeof process')).toEqual([['undefined']]);
    });

    it('sees a graph of 20,000 nodes', async () => {
      await own.store.apply(own.run, batch(3, ...manyNodes(20_000)));
      expect(await rowsOf('return graph.nodes({ label: "Thing" }).length', 3)).toEqual([[20_000]]);
      expect(await rowsOf('return graph.node("thing 777").key', 3)).toEqual([['Thing:thing 777']]);
    });
  });

  it('answers each of many pieces of code of any kind with rows or an error, in its time, and stays as it was', async () => {
    for (const code of hostileCode(300)) {
      const outcome = await run(code, 2, { rows: 5, milliseconds: 1_000 }).catch((error: unknown) => error);
      if (outcome instanceof QueryError) expect(outcome.message.length, code).toBeGreaterThan(10);
      else {
        const { columns, rows } = outcome as { columns: string[]; rows: unknown[][] };
        expect(rows.length, code).toBeLessThanOrEqual(5);
        for (const cell of rows.flat()) expect(String(cell).length, code).toBeLessThanOrEqual(2_000);
        expect(JSON.stringify([columns, rows]), code).not.toMatch(/SECRET|node_modules|execPath/);
      }
    }
    expect(await rowsOf('return [graph.nodes().length, graph.edges().length]')).toEqual([[4], [3]]);
  });
}

/** Pieces that are put together at random, from a seed, into code that means no good. */
function hostileCode(count: number): string[] {
  let seed = 7;
  const draw = <Item>(items: readonly Item[]): Item => {
    seed = (seed * 48_271) % 2_147_483_647;
    return items[seed % items.length]!;
  };
  const targets = [
    'graph',
    'graph.nodes()',
    'graph.nodes()[0]',
    'graph.edges()[0]',
    'graph.nodes()[0].properties',
    'Object.prototype',
    'Array.prototype',
    'globalThis',
    'JSON',
    'Promise.prototype',
  ];
  const names = [
    '"name"',
    '"constructor"',
    '"__proto__"',
    '"toJSON"',
    '"then"',
    '"length"',
    'Symbol.iterator',
    'Symbol.toPrimitive',
    '"map"',
    '"stringify"',
  ];
  const values = [
    '() => "SECRET".slice(0, 2)',
    'null',
    '1n',
    'NaN',
    'globalThis',
    '() => { throw 1 }',
    'new Proxy({}, {})',
    '"x".repeat(1e5)',
    'Symbol()',
    '[[[[[[[[[[1]]]]]]]]]]',
  ];
  const acts = [
    (target: string, name: string, value: string) => `${target}[${name}] = ${value};`,
    (target: string, name: string, value: string) => `try { ${target}[${name}] = ${value} } catch {}`,
    (target: string, name: string, value: string) => `Object.defineProperty(${target}, ${name}, { get: ${value} });`,
    (target: string, name: string) => `delete ${target}[${name}];`,
    (target: string, _: string, value: string) => `Object.setPrototypeOf(${target}, ${value});`,
    (target: string, name: string, value: string) => `Reflect.set(${target}, ${name}, ${value});`,
    (target: string, name: string) => `${target}[${name}]?.constructor?.("return process")?.();`,
    (_: string, name: string, value: string) => `eval("var v = " + String(${value}) + ${name});`,
  ];
  const ends = [
    'return graph.nodes()',
    'return graph',
    'return globalThis',
    'return [graph.edges(), graph.nodes()]',
    'return graph.nodes().map((n) => ({ ...n }))',
    'return this',
    'return graph.neighbours("Peru", { type: {} })',
    'throw graph',
    'return { ...globalThis }',
    'return [1, [2], { a: 3 }]',
  ];
  return Array.from({ length: count }, () => {
    const lines = Array.from({ length: 1 + draw([0, 1, 2]) }, () =>
      draw(acts)(draw(targets), draw(names), draw(values)),
    );
    return [...lines, draw(ends)].join('\n');
  });
}
