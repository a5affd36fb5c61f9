import type { ModelReference, RunModels } from '../domain/run.ts';

/** Thrown when the name of a model cannot be understood. */
export class ModelNameError extends Error {
  override readonly name = 'ModelNameError';
}

const WAYS =
  'Give openai:gpt-4o-mini, anthropic:NAME, google:NAME or ollama:NAME, or any OpenAI-compatible server by its NAME with KGOT_MODEL_URL=http://HOST:PORT/v1';

/** Where `ollama` listens unless OLLAMA_BASE_URL says otherwise. */
const OLLAMA_URL = 'http://127.0.0.1:11434/v1';

const HOSTED = ['openai', 'anthropic', 'google'];

/**
 * Reads `openai:gpt-4o-mini`, `anthropic:…`, `google:…`, `ollama:…`, `recorded:…`, or, with a URL, a bare name.
 *
 * @throws {ModelNameError} naming what would be right
 */
export function parseModel(text: string, url?: string, env: NodeJS.ProcessEnv = process.env): ModelReference {
  const colon = text.indexOf(':');
  const provider = colon < 0 ? '' : text.slice(0, colon);
  const name = text.slice(colon + 1).trim();
  if (text.trim() === '' || name === '') throw new ModelNameError(`The model has no name. ${WAYS}.`);
  if (HOSTED.includes(provider) || provider === 'recorded') return { provider, name };
  if (provider === 'ollama') return { provider, name, url: checkUrl(env['OLLAMA_BASE_URL'] ?? OLLAMA_URL) };
  // Names at OpenAI-compatible servers may hold a colon themselves, as in llama3:8b.
  if (url !== undefined) return { provider: 'openai-compatible', name: text.trim(), url: checkUrl(url) };
  throw new ModelNameError(
    provider === ''
      ? `The model ${JSON.stringify(text)} needs its provider or an address. ${WAYS}.`
      : `There is no provider ${JSON.stringify(provider)}. ${WAYS}.`,
  );
}

function checkUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ModelNameError(
      `${JSON.stringify(url)} is no address of a model: give one like http://127.0.0.1:8080/v1.`,
    );
  }
  return url.replace(/\/+$/, '');
}

export interface ModelFlags {
  model?: string;
  planner?: string;
  executor?: string;
}

/**
 * The run's two models from flags, else from KGOT_MODEL, KGOT_PLANNER, KGOT_EXECUTOR and KGOT_MODEL_URL.
 *
 * @returns undefined when no model is set
 */
export function resolveModels(flags: ModelFlags, env: NodeJS.ProcessEnv = process.env): RunModels | undefined {
  const shared = flags.model ?? env['KGOT_MODEL'];
  const planner = flags.planner ?? (flags.model === undefined ? env['KGOT_PLANNER'] : undefined) ?? shared;
  const executor = flags.executor ?? (flags.model === undefined ? env['KGOT_EXECUTOR'] : undefined) ?? shared;
  if (!planner && !executor) return undefined;
  const url = env['KGOT_MODEL_URL'] || undefined;
  const either = (planner || executor)!;
  return { planner: parseModel(planner || either, url, env), executor: parseModel(executor || either, url, env) };
}
