import { calcPrice } from '@pydantic/genai-prices';
import type { TokenPrice } from '../domain/activities.ts';
import { isLocal } from '../domain/models.ts';
import type { ModelReference } from '../domain/run.ts';

export interface TokenUsage {
  inputTokens: number;
  /** Part of `inputTokens`. */
  cachedInputTokens: number;
  outputTokens: number;
}

/** @returns US dollars, 0 for a model that runs on this host, or `null` when the price is unknown: unknown is never zero */
export function priceOf(model: ModelReference, usage: TokenUsage): number | null {
  if (isLocal(model)) return 0;
  const options = model.url === undefined ? { providerId: model.provider } : { providerApiUrl: model.url };
  try {
    const price = calcPrice(
      {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cache_read_tokens: usage.cachedInputTokens,
      },
      model.name,
      options,
    );
    return price?.total_price ?? null;
  } catch {
    return null;
  }
}

/** US dollars of one token, without a cache. */
export function tokenPrice(model: ModelReference): TokenPrice | null {
  const million = 1_000_000;
  const input = priceOf(model, { inputTokens: million, cachedInputTokens: 0, outputTokens: 0 });
  const output = priceOf(model, { inputTokens: 0, cachedInputTokens: 0, outputTokens: million });
  return input === null || output === null ? null : { input: input / million, output: output / million };
}
