import { describe, expect, it } from 'vitest';
import { ModelNameError, parseModel, resolveModels } from '../../src/model/resolve.ts';

const URL_OF_OURS = 'http://127.0.0.1:8011/v1';

describe('parseModel', () => {
  it.each([
    ['openai:gpt-4o-mini', undefined, { provider: 'openai', name: 'gpt-4o-mini' }],
    ['anthropic:claude', undefined, { provider: 'anthropic', name: 'claude' }],
    ['google:gemini', undefined, { provider: 'google', name: 'gemini' }],
    ['recorded:demo', undefined, { provider: 'recorded', name: 'demo' }],
    ['openai: gpt-4o-mini ', undefined, { provider: 'openai', name: 'gpt-4o-mini' }],
    ['openai:gpt-4o-mini', URL_OF_OURS, { provider: 'openai', name: 'gpt-4o-mini' }],
    ['ollama:llama3:8b', undefined, { provider: 'ollama', name: 'llama3:8b', url: 'http://127.0.0.1:11434/v1' }],
    ['qwen3-4b', URL_OF_OURS, { provider: 'openai-compatible', name: 'qwen3-4b', url: URL_OF_OURS }],
    ['qwen3-4b', `${URL_OF_OURS}//`, { provider: 'openai-compatible', name: 'qwen3-4b', url: URL_OF_OURS }],
    ['llama3:8b', URL_OF_OURS, { provider: 'openai-compatible', name: 'llama3:8b', url: URL_OF_OURS }],
    ['org/model', URL_OF_OURS, { provider: 'openai-compatible', name: 'org/model', url: URL_OF_OURS }],
  ])('reads %j with the address %j', (text, url, model) => {
    expect(parseModel(text, url, {})).toEqual(model);
  });

  it('looks for ollama where OLLAMA_BASE_URL says', () => {
    const env = { OLLAMA_BASE_URL: 'http://gpu:11434/v1/' };
    expect(parseModel('ollama:x', undefined, env)).toEqual({
      provider: 'ollama',
      name: 'x',
      url: 'http://gpu:11434/v1',
    });
  });

  it.each([
    ['', undefined, /has no name\. Give openai:gpt-4o-mini/],
    ['  ', URL_OF_OURS, /has no name/],
    ['openai:', undefined, /has no name/],
    ['gpt-4o-mini', undefined, /"gpt-4o-mini" needs its provider or an address\. Give openai:gpt-4o-mini/],
    ['mistral:large', undefined, /no provider "mistral"\. Give openai:gpt-4o-mini, anthropic:NAME/],
    ['qwen3', 'localhost:8011', /"localhost:8011" is no address of a model: give one like http:\/\//],
    ['qwen3', 'file:///etc/passwd', /is no address of a model/],
    ['qwen3', 'nonsense', /"nonsense" is no address of a model/],
  ])('refuses %j with the address %j, saying what would be right', (text, url, message) => {
    expect(() => parseModel(text, url, {})).toThrow(ModelNameError);
    expect(() => parseModel(text, url, {})).toThrow(message);
  });

  it('refuses an OLLAMA_BASE_URL that is no address', () => {
    expect(() => parseModel('ollama:x', undefined, { OLLAMA_BASE_URL: 'gpu' })).toThrow(
      'OLLAMA_BASE_URL is "gpu": give an address like http://127.0.0.1:11434/v1.',
    );
  });
});

describe('resolveModels', () => {
  const model = (name: string) => ({ provider: 'openai', name });

  it.each([
    ['one flag for both', { model: 'openai:a' }, {}, 'a', 'a'],
    ['a flag for each', { planner: 'openai:a', executor: 'openai:b' }, {}, 'a', 'b'],
    ['one flag, and one for the planner', { model: 'openai:a', planner: 'openai:b' }, {}, 'b', 'a'],
    ['KGOT_MODEL', {}, { KGOT_MODEL: 'openai:a' }, 'a', 'a'],
    ['KGOT_MODEL and KGOT_EXECUTOR', {}, { KGOT_MODEL: 'openai:a', KGOT_EXECUTOR: 'openai:b' }, 'a', 'b'],
    [
      'a flag that beats all variables',
      { model: 'openai:a' },
      { KGOT_MODEL: 'openai:b', KGOT_PLANNER: 'openai:c' },
      'a',
      'a',
    ],
    ['a planner only, which then executes too', { planner: 'openai:a' }, {}, 'a', 'a'],
    ['KGOT_EXECUTOR only, which then plans too', {}, { KGOT_EXECUTOR: 'openai:a' }, 'a', 'a'],
  ])('takes %s', (_, flags, env, planner, executor) => {
    expect(resolveModels(flags, env)).toEqual({ planner: model(planner), executor: model(executor) });
  });

  it('gives a bare name the address of KGOT_MODEL_URL', () => {
    const env = { KGOT_MODEL: 'qwen3', KGOT_MODEL_URL: URL_OF_OURS };
    expect(resolveModels({}, env)!.planner).toEqual({ provider: 'openai-compatible', name: 'qwen3', url: URL_OF_OURS });
  });

  it.each([{}, { KGOT_MODEL: '' }, { KGOT_MODEL: '', KGOT_MODEL_URL: URL_OF_OURS }])('finds none in %j', (env) => {
    expect(resolveModels({}, env)).toBeUndefined();
  });

  it('takes an empty KGOT_MODEL_URL for none', () => {
    expect(() => resolveModels({}, { KGOT_MODEL: 'qwen3', KGOT_MODEL_URL: '' })).toThrow(/needs its provider/);
  });
});
