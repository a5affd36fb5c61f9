import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import { readSetting } from '../config/read-setting.ts';
import { SETTINGS } from '../config/settings.ts';
import type { ModelReference } from '../domain/run.ts';

/** Thrown when a model cannot be called at all: no other call of it can succeed either. */
export class ModelUnavailableError extends Error {
  override readonly name = 'ModelUnavailableError';
}

const KEYS = {
  openai: 'openaiKey',
  anthropic: 'anthropicKey',
  google: 'googleKey',
  'openai-compatible': 'modelKey',
} as const;

/** Variables that hold the keys of providers. */
export const KEY_VARIABLES = {
  openai: SETTINGS.openaiKey.variable,
  anthropic: SETTINGS.anthropicKey.variable,
  google: SETTINGS.googleKey.variable,
  'openai-compatible': SETTINGS.modelKey.variable,
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
      const own = provider === 'openai-compatible' && readSetting('modelUrl', env) === url;
      const apiKey = own ? readSetting('modelKey', env) : undefined;
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
  const key = readSetting(KEYS[provider], env);
  if (key !== undefined) return key;
  throw new ModelUnavailableError(
    `The worker has no key for ${provider}: start it with ${KEY_VARIABLES[provider]} in its environment.`,
  );
}

/** `text` without any of the environment's keys and other secrets. */
export { withoutSecrets as withoutKeys } from '../config/secrets.ts';
