import { describe, expect, it } from 'vitest';
import { priceOf, tokenPrice } from '../../src/cost/prices.ts';

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
