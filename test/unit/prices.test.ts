import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPriceFile } from '../../src/cost/price-file.ts';
import { PRICE_LIST_DATE, priceOf, tokenPrice } from '../../src/cost/prices.ts';
import { temporaryFolder } from '../support/folders.ts';

const MILLION = { inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 1_000_000 };
const mini = { provider: 'openai', name: 'gpt-4o-mini' };

describe('priceOf', () => {
  it('knows what gpt-4o-mini costs', () => {
    expect(priceOf(mini, MILLION)).toBeCloseTo(0.15 + 0.6, 6);
    expect(priceOf(mini, { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 })).toBe(0);
  });

  it('takes less for input that was read from the cache', () => {
    const input = { inputTokens: 1_000_000, outputTokens: 0 };
    const cached = priceOf(mini, { ...input, cachedInputTokens: 1_000_000 })!;
    expect(cached).toBeGreaterThan(0);
    expect(cached).toBeLessThan(priceOf(mini, { ...input, cachedInputTokens: 0 })!);
  });

  it.each([
    ['a model that does not exist', { provider: 'openai', name: 'gpt-nobody-knows' }],
    ['a provider that does not exist', { provider: 'nobody', name: 'x' }],
    [
      'a server somewhere',
      { provider: 'openai-compatible', name: 'gpt-4o-mini', url: 'https://models.example.com/v1' },
    ],
    ['a server without an address', { provider: 'openai-compatible', name: 'some-model-of-ours' }],
    ['ollama on another host', { provider: 'ollama', name: 'llama3', url: 'http://gpu.internal:11434/v1' }],
  ])('does not know the price of %s, which is not zero', (_, model) => {
    expect(priceOf(model, MILLION)).toBeNull();
    expect(tokenPrice(model)).toBeNull();
  });

  it.each([
    ['ollama', { provider: 'ollama', name: 'llama3', url: 'http://127.0.0.1:11434/v1' }],
    ['a server on this host', { provider: 'openai-compatible', name: 'any', url: 'http://localhost:8011/v1' }],
    ['a recording', { provider: 'recorded', name: 'demo' }],
  ])('is zero for %s', (_, model) => {
    expect(priceOf(model, MILLION)).toBe(0);
    expect(tokenPrice(model)).toEqual({ input: 0, output: 0 });
  });

  it('knows a provider by its address too', () => {
    expect(
      priceOf({ provider: 'openai-compatible', name: 'gpt-4o-mini', url: 'https://api.openai.com/v1' }, MILLION),
    ).toBe(priceOf(mini, MILLION));
  });
});

describe('tokenPrice', () => {
  it('gives for so many tokens what they cost together', () => {
    const { input, output } = tokenPrice(mini)!;
    const usage = { inputTokens: 12_345, cachedInputTokens: 0, outputTokens: 678 };
    expect(usage.inputTokens * input + usage.outputTokens * output).toBeCloseTo(priceOf(mini, usage)!, 9);
  });
});

describe('reasoning tokens', () => {
  const thought = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 1_000_000, reasoningTokens: 400_000 };

  it('are a part of the output, and cost what it does', () => {
    const model = { provider: 'openai', name: 'o4-mini' };
    expect(priceOf(model, thought)).toBe(priceOf(model, { ...thought, reasoningTokens: 0 }));
    expect(priceOf(model, thought)).toBeCloseTo(4.4, 6);
  });

  it('cost what the provider asks for them, where that is another price', () => {
    const model = { provider: 'perplexity', name: 'sonar-deep-research' };
    expect(priceOf(model, thought)).toBeCloseTo(0.6 * 8 + 0.4 * 3, 6);
  });
});

/** An environment whose prices are `content`. */
function priced(content: unknown): NodeJS.ProcessEnv {
  const path = join(temporaryFolder(), 'prices.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { KGOT_PRICES: path };
}

describe('a file of prices', () => {
  it('beats the list, also for a model of this host; of others the list says', () => {
    const env = priced({
      date: '2026-11-28',
      'openai:gpt-4o-mini': { input: 1, cachedInput: 0.25, output: 3, reasoning: 5 },
      'ollama:llama3': { input: 0.01, output: 0.02 },
      'openai-compatible:ours': { input: 2, output: 4 },
    });
    const usage = {
      inputTokens: 1_000_000,
      cachedInputTokens: 400_000,
      outputTokens: 1_000_000,
      reasoningTokens: 500_000,
    };
    expect(priceOf(mini, usage, env)).toBeCloseTo(0.6 + 0.1 + 1.5 + 2.5, 9);
    expect(priceOf({ provider: 'ollama', name: 'llama3' }, usage, env)).toBeCloseTo(0.03, 9);
    expect(tokenPrice({ provider: 'openai-compatible', name: 'ours', url: 'https://m.example/v1' }, env)).toEqual({
      input: 2e-6,
      output: 4e-6,
    });
    const other = { provider: 'openai', name: 'gpt-4o' };
    expect(priceOf(other, usage, env)).toBe(priceOf(other, usage));
    expect(readPriceFile(env)?.date).toBe('2026-11-28');
  });

  it('has the date of its last change where it says none', () => {
    expect(readPriceFile(priced({}))?.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it.each([
    ['nothing', /cannot be read .*: it must be JSON/],
    ['[]', /must hold one object, as in \{"date"/],
    [{ date: 'today' }, /has the date "today": give a day as in "2026-11-28"/],
    [{ 'gpt-4o': { input: 1, output: 1 } }, /has a price for "gpt-4o": name provider and model/],
    [
      { 'openai:gpt-4o': { input: -1, output: 1 } },
      /wrong at "openai:gpt-4o"\.input: give US dollars of a million tokens/,
    ],
    [{ 'openai:gpt-4o': { input: 1, output: 1, cache: 1 } }, /wrong at "openai:gpt-4o"/],
  ])('with %j is refused before anything is paid, and afterwards a price is unknown', (content, message) => {
    const env = priced(content);
    expect(() => tokenPrice(mini, env)).toThrow(message);
    expect(priceOf(mini, MILLION, env)).toBeNull();
  });
});

it('the list is of the day that the docs say', () => {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../node_modules/@pydantic/genai-prices/package.json'), 'utf8'),
  ) as { version: string };
  // Another version has another day: npm view @pydantic/genai-prices time
  expect([version, PRICE_LIST_DATE]).toEqual(['0.1.8', '2026-09-23']);
});
