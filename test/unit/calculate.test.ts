import { describe, expect, it } from 'vitest';
import { calculate, CalculationError } from '../../src/tools/built-in/calculate.ts';

describe('calculate', () => {
  it.each([
    ['505992 - 92090', '413902'],
    ['0.1 + 0.2', '0.3'],
    ['1.1 * 3', '3.3'],
    ['Math.sqrt(16) / 3', '1.33333333333333'],
    ['1e21 + 1', '1e+21'],
    ['9007199254740991', '9007199254740991'],
    ['-(2 ** 53 - 1)', '-9007199254740991'],
    ['1 / 0', 'Infinity'],
    ['0 / 0', 'NaN'],
    ['2n ** 100n', '1267650600228229401496703205376'],
    ['BigInt("9007199254740993") + 1n', '9007199254740994'],
    ['Math.max(3, 7) % 4', '3'],
    ['"Peru".toUpperCase()', 'PERU'],
    ['[1, 2, 3].map((n) => n * n)', '[1,4,9]'],
    ['({ a: 1, b: ["x"] })', '{"a":1,"b":["x"]}'],
    ['[1n, { a: 2n ** 64n }]', '["1",{"a":"18446744073709551616"}]'],
    ['({ ["__proto__"]: 1, get a() { return 5 } })', '{"__proto__":1,"a":5}'],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['null', 'null'],
    ['3 > 2', 'true'],
    ['let sum = 0; for (let i = 1; i <= 100; i += 1) sum += i; sum', '5050'],
    ['Math.round((Date.UTC(2000, 1, 29) - Date.UTC(1999, 1, 28)) / 86400000)', '366'],
  ])('%s is %s', async (expression, value) => {
    expect(await calculate(expression)).toBe(value);
  });

  it.each([
    ['1 +', /SyntaxError/],
    ['population - 5', /ReferenceError.*population/],
    ['null.name', /TypeError/],
    ['throw new RangeError("too far")', /RangeError: too far/],
    ['throw "just text"', /just text/],
    ['function again() { return again(); } again()', /InternalError: stack overflow/],
    ['Promise.resolve(1)', /it is a promise/],
    ['import("fs")', /it is a promise/],
    ['(async () => { for (;;) await 1; })()', /it is a promise/],
    ['eval("import(\'fs\')")', /it is a promise/],
    ['function* more() { yield* more(); } [...more()]', /InternalError: stack overflow/],
    ['throw Promise.resolve(1)', /cannot be calculated/],
    ['let a = {}; a.a = a', /TypeError: circular reference/],
    ['let a = []; a.push(a); a', /TypeError: circular reference/],
    ['({ get a() { throw new Error("gotcha") } })', /Error: gotcha/],
    ['new Proxy({}, { ownKeys() { throw new Error("trap") } })', /Error: trap/],
    ['JSON.stringify = () => "7"; let a = {}; a.a = a', /TypeError: circular reference/],
    ['throw null', /Error: null/],
    ['9n ** 9n ** 9n', /RangeError: BigInt is too large/],
    ['1n << 2000000000n', /RangeError: BigInt is too large/],
    ['new RegExp("(".repeat(20000) + ")".repeat(20000))', /SyntaxError: too many captures/],
    ['JSON.parse("[".repeat(100000))', /SyntaxError: stack overflow/],
    ['import.meta.url', /SyntaxError/],
  ])('says why %s cannot be calculated', async (expression, message) => {
    const error = await calculate(expression).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CalculationError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(JSON.stringify(expression));
  });

  it.each([
    ['for (;;);'],
    ['while (true) Math.random();'],
    ['/(a+)+$/.test("a".repeat(60) + "b")'],
    ['({ toJSON() { for (;;); } })'],
    ['({ get a() { for (;;); } })'],
    ['new Proxy({}, { ownKeys: () => ["a"], getOwnPropertyDescriptor() { for (;;); } })'],
    ['[3, 2, 1].sort(() => { for (;;); })'],
    ['throw { get message() { for (;;); } }'],
    ['throw new Proxy({}, { get() { for (;;); } })'],
    ['new Proxy([], { get: (_, name) => (name === "length" ? 4294967295 : 1) })'],
    ['Object.defineProperty(Object.prototype, "toJSON", { get() { for (;;); } }); ({})'],
    ['`${{ toString() { for (;;); } }}`'],
  ])('ends %s after about a second', async (expression) => {
    const start = performance.now();
    await expect(calculate(expression)).rejects.toThrow('it took longer than a second');
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it.each([['Array(4294967295).indexOf(1)'], ['Array(4294967295).lastIndexOf(1)']])(
    'ends %s, which QuickJS does not interrupt, and goes on with other work meanwhile',
    async (expression) => {
      const start = performance.now();
      let turns = 0;
      const timer = setInterval(() => (turns += 1), 50);
      const error = await calculate(expression).catch((thrown: unknown) => thrown);
      clearInterval(timer);
      expect(error).toBeInstanceOf(CalculationError);
      expect((error as Error).message).toContain('it took longer than a second');
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(turns).toBeGreaterThan(10);
    },
  );

  it.each([
    ['"x".repeat(2 ** 28)'],
    ['"x".repeat(2 ** 30 - 25)'],
    ['new Array(2 ** 26).fill(0)'],
    ['new ArrayBuffer(2 ** 30)'],
    ['let text = "x"; for (;;) text += text'],
  ])('refuses the memory of %s', async (expression) => {
    await expect(calculate(expression)).rejects.toThrow(/out of memory|invalid array|string too long/);
  });

  it('refuses memory that is taken bit by bit, or the time that this takes on a busy machine', async () => {
    const filling = calculate('Array.from({ length: 1e9 })');
    await expect(filling).rejects.toThrow(/out of memory|invalid array|longer than a second/);
  });

  it('is as good as new after an expression that used up everything', async () => {
    await calculate('"x".repeat(2 ** 28)').catch(() => undefined);
    await calculate('globalThis.left = 1; Array.prototype.map = null; Object.prototype.polluted = 1');
    expect(await calculate('[typeof left, typeof [].map, typeof {}.polluted]')).toBe(
      '["undefined","function","undefined"]',
    );
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    'process',
    'require',
    'module',
    'fetch',
    'console',
    'setTimeout',
    'Buffer',
    'WebAssembly',
    'Worker',
    'std',
    'os',
    'navigator',
  ])('has no %s of the host', async (name) => {
    expect(await calculate(`typeof ${name}`)).toBe('undefined');
  });

  it.each([
    'globalThis.constructor.constructor("return typeof process")()',
    '(() => {}).constructor("return typeof globalThis.process")()',
    'Error.prepareStackTrace = (_, frames) => frames; typeof new Error().stack[0].getThis',
    '(async () => {}).constructor("return 1").name && typeof process',
    '[].constructor.constructor("return typeof require")()',
    'eval("typeof process")',
    '(0, eval)("this").process',
    'typeof ShadowRealm',
    'globalThis.process',
    'globalThis.constructor.constructor("return this.process")()',
    'Function("return this")().process',
    '(function () { return this; })().process',
    'new Proxy(globalThis, {}).process',
    'typeof Atomics',
  ])('lets nobody out by %s', async (expression) => {
    expect(await calculate(expression)).toBe('undefined');
  });

  it('reads no file and no module', async () => {
    const outcome = await calculate('import("node:fs").then((fs) => fs.readFileSync("/etc/passwd", "utf8"))').catch(
      String,
    );
    expect(outcome).not.toContain('root:');
  });

  it('gives at most a few thousand characters', async () => {
    expect((await calculate('"x".repeat(100000)')).length).toBeLessThanOrEqual(4_000);
    expect((await calculate('({ ["k".repeat(100000)]: 1 })')).length).toBeLessThanOrEqual(4_000);
  });

  it('says no more than a few hundred of an error', async () => {
    const expression = 'throw Object.assign(new Error("x".repeat(1e6)), { name: "y".repeat(1e6) })';
    await expect(calculate(expression)).rejects.toThrow(/^.{100,800}$/);
  });

  it('runs many at once, each on its own', async () => {
    const values = await Promise.all(Array.from({ length: 20 }, (_, index) => calculate(`var n = ${index}; n * 2`)));
    expect(values).toEqual(Array.from({ length: 20 }, (_, index) => String(index * 2)));
  });
});
