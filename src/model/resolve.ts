import { readSetting } from '../config/read-setting.ts';
import { SETTINGS } from '../config/settings.ts';
import type { SettingName } from '../config/settings.ts';
import type { ModelReference, RunModels } from '../domain/run.ts';

/** Thrown when the name of a model cannot be understood. */
export class ModelNameError extends Error {
  override readonly name = 'ModelNameError';
  /** The setting that holds it, where it came from one. */
  readonly setting: SettingName | undefined;
  constructor(message: string, { setting, cause }: { setting?: SettingName; cause?: unknown } = {}) {
    super(message, { cause });
    this.setting = setting;
  }
}

const WAYS =
  'Give openai:gpt-4o-mini, anthropic:NAME, google:NAME or ollama:NAME, or any OpenAI-compatible server by its NAME with KGOT_MODEL_URL=http://HOST:PORT/v1';

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
  if (provider === 'ollama') return { provider, name, url: readSetting('ollamaUrl', env) };
  // Names at OpenAI-compatible servers may hold a colon themselves, as in llama3:8b.
  if (url !== undefined) return { provider: 'openai-compatible', name: text.trim(), url: checkUrl(url) };
  throw new ModelNameError(
    provider === ''
      ? `The model ${JSON.stringify(text)} needs its provider or an address. ${WAYS}.`
      : `There is no provider ${JSON.stringify(provider)}. ${WAYS}.`,
  );
}

function checkUrl(url: string): string {
  const { success, data } = SETTINGS.modelUrl.schema.safeParse(url);
  if (success) return data;
  throw new ModelNameError(
    `${JSON.stringify(url)} is no address of a model: give one like http://127.0.0.1:8080/v1, without a password.`,
  );
}

export interface ModelFlags {
  model?: string;
  planner?: string;
  executor?: string;
  cheapModel?: string;
}

/**
 * The run's models from flags, else from the settings `model`, `planner`, `executor`, `cheapModel` and `modelUrl`.
 *
 * @returns undefined when no model is set
 * @throws {ModelNameError} naming what would be right, and the setting that is wrong
 */
export function resolveModels(flags: ModelFlags, env: NodeJS.ProcessEnv = process.env): RunModels | undefined {
  const shared = flags.model ?? readSetting('model', env);
  const ofRole = (role: 'planner' | 'executor'): string | undefined =>
    flags[role] ?? (flags.model === undefined ? readSetting(role, env) : undefined);
  const planner = ofRole('planner');
  const executor = ofRole('executor');
  const url = readSetting('modelUrl', env);
  const parse = (...named: [SettingName, string | undefined][]): ModelReference | undefined => {
    const [name, text] = named.find(([, given]) => Boolean(given)) ?? [];
    if (name === undefined || text === undefined) return undefined;
    try {
      return parseModel(text, url, env);
    } catch (error) {
      if (!(error instanceof ModelNameError)) throw error;
      throw new ModelNameError(error.message, { setting: name, cause: error });
    }
  };
  const plans = parse(['planner', planner], ['model', shared], ['executor', executor]);
  const executes = parse(['executor', executor], ['model', shared], ['planner', planner]);
  if (plans === undefined || executes === undefined) return undefined;
  const cheap = parse(['cheapModel', flags.cheapModel ?? readSetting('cheapModel', env)]);
  return { planner: plans, executor: executes, ...(cheap === undefined ? {} : { cheap }) };
}
