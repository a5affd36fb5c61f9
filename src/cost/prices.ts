import { calcPrice } from '@pydantic/genai-prices';
import type { TokenPrice } from '../domain/activities.ts';
import { isLocal, modelLabel } from '../domain/models.ts';
import type { ModelReference } from '../domain/run.ts';
import { readPriceFile } from './price-file.ts';
import type { FilePrice } from './price-file.ts';

export interface TokenUsage {
  inputTokens: number;
  /** Part of `inputTokens`. */
  cachedInputTokens: number;
  outputTokens: number;
  /** Part of `outputTokens`: few models ask another price for them. @default 0 */
  reasoningTokens?: number;
}

/** The list that comes with the package: `@pydantic/genai-prices` 0.1.8. */
export const PRICE_LIST_DATE = '2026-09-23';

/**
 * @returns US dollars by the file of KGOT_PRICES, else 0 for a model that runs on this host, else by the list; `null` when
 *   the price is unknown: unknown is never zero. Never throws, for what is priced was already paid
 */
export function priceOf(model: ModelReference, usage: TokenUsage, env: NodeJS.ProcessEnv = process.env): number | null {
  try {
    return priceNow(model, usage, env);
  } catch {
    return null;
  }
}

/**
 * US dollars of one token, without a cache.
 *
 * @throws {SettingError} when the file of KGOT_PRICES cannot be right
 */
export function tokenPrice(model: ModelReference, env: NodeJS.ProcessEnv = process.env): TokenPrice | null {
  readPriceFile(env);
  const input = priceOf(model, { inputTokens: MILLION, cachedInputTokens: 0, outputTokens: 0 }, env);
  const output = priceOf(model, { inputTokens: 0, cachedInputTokens: 0, outputTokens: MILLION }, env);
  return input === null || output === null ? null : { input: input / MILLION, output: output / MILLION };
}

const MILLION = 1_000_000;

function priceNow(model: ModelReference, usage: TokenUsage, env: NodeJS.ProcessEnv): number | null {
  const own = readPriceFile(env)?.prices.get(modelLabel(model));
  if (own !== undefined) return ownPrice(own, usage);
  if (isLocal(model)) return 0;
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens = 0 } = usage;
  const price = calcPrice(
    {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cache_read_tokens: cachedInputTokens,
      output_reasoning_tokens: reasoningTokens,
    },
    model.name,
    model.url === undefined ? { providerId: model.provider } : { providerApiUrl: model.url },
  );
  return price?.total_price ?? null;
}

function ownPrice(
  { input, output, cachedInput = input, reasoning = output }: FilePrice,
  { inputTokens, cachedInputTokens, outputTokens, reasoningTokens = 0 }: TokenUsage,
): number {
  const dollars =
    (inputTokens - cachedInputTokens) * input +
    cachedInputTokens * cachedInput +
    (outputTokens - reasoningTokens) * output +
    reasoningTokens * reasoning;
  return dollars / MILLION;
}
