import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import type { ModelReference } from '../domain/run.ts';

/** Thrown when a model cannot be called at all: no other call of it can succeed either. */
export class ModelUnavailableError extends Error {
  override readonly name = 'ModelUnavailableError';
}

/** Variables that hold the keys of providers. */
export const KEY_VARIABLES = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  google: 'GOOGLE_GENERATIVE_AI_API_KEY',
  'openai-compatible': 'KGOT_MODEL_KEY',
} as const;

/**
 * The AI SDK's model of a reference. A key comes from the worker's environment and goes only to the provider's own
 * address, or to exactly the URL that the worker was started with.
 *
 * @throws {ModelUnavailableError} for a provider that does not exist, or a key that is missing
 */
export function languageModel(model: ModelReference, env: NodeJS.ProcessEnv = process.env): LanguageModel {
  const { provider, name, url } = model;
  switch (provider) {
    case 'openai':
      return createOpenAI({ apiKey: keyOf(provider, env), baseURL: 'https://api.openai.com/v1' })(name);
    case 'anthropic':
      return createAnthropic({ apiKey: keyOf(provider, env), baseURL: 'https://api.anthropic.com/v1' })(name);
    case 'google':
      return createGoogleGenerativeAI({
        apiKey: keyOf(provider, env),
        baseURL: 'https://generativelanguage.googleapis.com/v1beta',
      })(name);
    case 'ollama':
    case 'oracle':
    case 'openai-compatible': {
      if (url === undefined) throw new ModelUnavailableError(`The model ${provider}:${name} has no url.`);
      const own = env['KGOT_MODEL_URL']?.replace(/\/+$/, '') === url;
      const apiKey = own && provider === 'openai-compatible' ? env['KGOT_MODEL_KEY'] : undefined;
      return createOpenAICompatible({
        name: provider,
        baseURL: url,
        supportsStructuredOutputs: true,
        ...(apiKey === undefined ? {} : { apiKey }),
      })(name);
    }
    default:
      throw new ModelUnavailableError(
        `There is no provider ${JSON.stringify(provider)}: give openai, anthropic, google, ollama or openai-compatible.`,
      );
  }
}

function keyOf(provider: 'openai' | 'anthropic' | 'google', env: NodeJS.ProcessEnv): string {
  const variable = KEY_VARIABLES[provider];
  const key = env[variable];
  if (!key) {
    throw new ModelUnavailableError(
      `The worker has no key for ${provider}: start it with ${variable} in its environment.`,
    );
  }
  return key;
}

/** `text` without any of the environment's keys and other secrets. */
export { withoutSecrets as withoutKeys } from '../config/secrets.ts';
