import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import { readSetting } from '../config/read-setting.ts';
import { SETTINGS } from '../config/settings.ts';
import type { ModelReference } from '../domain/run.ts';
import { boundedFetch } from './bounded-fetch.ts';

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
    case 'anthropic':
    case 'google':
      return madeOnce(provider, { name, apiKey: keyOf(provider, env) });
    case 'ollama':
    case 'oracle':
    case 'openai-compatible': {
      if (url === undefined) throw new ModelUnavailableError(`The model ${provider}:${name} has no url.`);
      const apiKey = isOwnServer(model, env) ? readSetting('modelKey', env) : undefined;
      return madeOnce(provider, { name, url, apiKey });
    }
    default:
      throw new ModelUnavailableError(
        `There is no provider ${JSON.stringify(provider)}: give openai, anthropic, google, ollama or openai-compatible.`,
      );
  }
}

interface Made {
  name: string;
  url?: string;
  apiKey: string | undefined;
}

const MAKE = {
  openai: ({ name, apiKey }: Made): LanguageModel =>
    createOpenAI({ fetch: boundedFetch, apiKey, baseURL: 'https://api.openai.com/v1' })(name),
  anthropic: ({ name, apiKey }: Made): LanguageModel =>
    createAnthropic({ fetch: boundedFetch, apiKey, baseURL: 'https://api.anthropic.com/v1' })(name),
  google: ({ name, apiKey }: Made): LanguageModel =>
    createGoogleGenerativeAI({
      fetch: boundedFetch,
      apiKey,
      baseURL: 'https://generativelanguage.googleapis.com/v1beta',
    })(name),
  ollama: compatible,
  oracle: compatible,
  'openai-compatible': compatible,
} as const;

function compatible({ name, url, apiKey }: Made, provider: string): LanguageModel {
  return createOpenAICompatible({
    fetch: boundedFetch,
    name: provider,
    baseURL: url!,
    supportsStructuredOutputs: true,
    ...(apiKey === undefined ? {} : { apiKey }),
  })(name);
}

/** Models that are kept at most: a worker asks few. */
const MOST_KEPT = 100;
const kept = new Map<string, LanguageModel>();

/** To make one takes milliseconds, most of them for the schemas of its answers. */
function madeOnce(provider: keyof typeof MAKE, what: Made): LanguageModel {
  const key = JSON.stringify([provider, what.name, what.url, what.apiKey]);
  const model = kept.get(key) ?? MAKE[provider](what, provider);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, model);
  return model;
}

/** Whether it is the server that the worker was started with: no other gets the key of KGOT_MODEL_KEY. */
function isOwnServer({ provider, url }: ModelReference, env: NodeJS.ProcessEnv): boolean {
  return provider === 'openai-compatible' && readSetting('modelUrl', env) === url;
}

/** What to look at when a model's server does not let a request in. Names the key's variable, never the key. */
export function keyHint(model: ModelReference, env: NodeJS.ProcessEnv): string {
  const { provider, url } = model;
  switch (provider) {
    case 'openai':
    case 'anthropic':
    case 'google':
      return `Is the key in ${KEY_VARIABLES[provider]} in the environment of the worker right?`;
    case 'openai-compatible':
      if (!isOwnServer(model, env)) {
        return `KGOT_MODEL_KEY goes only to the server that the worker was started with: start it with KGOT_MODEL_URL=${url}.`;
      }
      return readSetting('modelKey', env) !== undefined
        ? 'Is the key in KGOT_MODEL_KEY in the environment of the worker right?'
        : 'It wants a key: start the worker with KGOT_MODEL_KEY in its environment.';
    default:
      return `No key is sent to ${provider}: give a server that wants a key by KGOT_MODEL_URL and KGOT_MODEL_KEY.`;
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
