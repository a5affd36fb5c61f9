import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelReference } from '../../src/domain/run.ts';
import { generate } from '../../src/model/generate.ts';
import { KEY_VARIABLES, languageModel, ModelUnavailableError, withoutKeys } from '../../src/model/language-model.ts';
import { fails, modelServer, says, sends } from '../support/model-server.ts';

const KEYS = {
  OPENAI_API_KEY: 'sk-key-of-openai',
  ANTHROPIC_API_KEY: 'key-of-anthropic',
  GOOGLE_GENERATIVE_AI_API_KEY: 'key-of-google',
  KGOT_MODEL_KEY: 'key-of-ours',
};

function ask(model: ModelReference, env: NodeJS.ProcessEnv): Promise<{ text: string }> {
  const prompt = { system: 's', user: 'u' };
  return generate(
    model,
    { name: 'step', prompt, maxOutputTokens: 10, temperature: 0, seed: 0 },
    { signal: new AbortController().signal, deadline: 20_000, inPrompt: false, env },
  );
}

function compatible(url: string): ModelReference {
  return { provider: 'openai-compatible', name: 'qwen3', url };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

describe('the key of KGOT_MODEL_KEY', () => {
  it('goes to the address that the worker was started with', async () => {
    const server = await modelServer(says('hello'));
    await ask(compatible(server.url), { ...KEYS, KGOT_MODEL_URL: `${server.url}/` });
    expect(server.requests[0]!.headers.authorization).toBe('Bearer key-of-ours');
  });

  it('goes to no other address that a run names, nor does any other key', async () => {
    const [own, other] = [await modelServer(says('own')), await modelServer(says('other'))];
    expect((await ask(compatible(other.url), { ...KEYS, KGOT_MODEL_URL: own.url })).text).toBe('other');
    const [{ headers, body }] = other.requests as [(typeof other.requests)[0]];
    expect(headers).not.toHaveProperty('authorization');
    for (const key of Object.values(KEYS)) expect(JSON.stringify({ headers, body })).not.toContain(key);
    expect(own.requests).toEqual([]);
  });

  it.each([
    ['no address', () => undefined],
    ['an address that begins alike', (url: string) => url.slice(0, -1)],
    ['a longer address', (url: string) => `${url}/more`],
  ])('stays here when the worker was started with %s', async (_, urlOf) => {
    const server = await modelServer(says('hello'));
    await ask(compatible(server.url), { ...KEYS, KGOT_MODEL_URL: urlOf(server.url) });
    expect(server.requests[0]!.headers).not.toHaveProperty('authorization');
  });

  it('does not follow a redirect to another address', async () => {
    const other = await modelServer(says('elsewhere'));
    const own = await modelServer(sends(307, '', { location: `${other.url}/chat/completions` }));
    await ask(compatible(own.url), { ...KEYS, KGOT_MODEL_URL: own.url }).catch(() => undefined);
    expect(own.requests[0]!.headers.authorization).toBe('Bearer key-of-ours');
    for (const { headers } of other.requests) expect(headers).not.toHaveProperty('authorization');
  });

  it.each(['ollama', 'oracle'])('is not for %s', async (provider) => {
    const server = await modelServer(says('hello'));
    await ask({ provider, name: 'x', url: server.url }, { ...KEYS, KGOT_MODEL_URL: server.url });
    expect(server.requests[0]!.headers).not.toHaveProperty('authorization');
  });
});

describe('the key of a hosted provider', () => {
  it.each([
    ['openai', 'https://api.openai.com/', KEYS.OPENAI_API_KEY],
    ['anthropic', 'https://api.anthropic.com/', KEYS.ANTHROPIC_API_KEY],
    ['google', 'https://generativelanguage.googleapis.com/', KEYS.GOOGLE_GENERATIVE_AI_API_KEY],
  ])('of %s goes to its own address only, whatever the run and the environment say', async (provider, home, key) => {
    for (const variable of ['OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL', 'GOOGLE_GENERATIVE_AI_BASE_URL']) {
      vi.stubEnv(variable, 'http://evil.example/v1');
    }
    const fetch = vi.fn(async () => new Response('{}', { status: 401 }));
    vi.stubGlobal('fetch', fetch);
    const model = { provider, name: 'a-model', url: 'http://evil.example/v1' };
    await expect(ask(model, KEYS)).rejects.toMatchObject({ type: 'ModelUnavailable' });
    expect(fetch).toHaveBeenCalledOnce();
    const [url, { headers }] = fetch.mock.calls[0] as unknown as [string | URL, { headers: Record<string, string> }];
    expect(String(url).startsWith(home)).toBe(true);
    const sent = [...new Headers(headers).values()].join('\n');
    expect(Object.values(KEYS).filter((one) => sent.includes(one))).toEqual([key]);
  });

  it.each(['openai', 'anthropic', 'google'] as const)('of %s that is missing is named', (provider) => {
    const variable = KEY_VARIABLES[provider];
    expect(() => languageModel({ provider, name: 'x' }, {})).toThrow(ModelUnavailableError);
    expect(() => languageModel({ provider, name: 'x' }, { [variable]: '' })).toThrow(
      `no key for ${provider}: start it with ${variable} in its environment`,
    );
  });
});

describe('languageModel', () => {
  it('says which providers there are', () => {
    expect(() => languageModel({ provider: 'mistral', name: 'x' }, {})).toThrow(/no provider "mistral": give openai, /);
  });

  it('needs an address for a server of one’s own', () => {
    expect(() => languageModel({ provider: 'openai-compatible', name: 'x' }, {})).toThrow(/has no url/);
  });

  it.each([
    { provider: 'mistral', name: 'x' },
    { provider: 'openai-compatible', name: 'x' },
    { provider: 'anthropic', name: 'x' },
  ])('that cannot be made for %o is no answer that cannot be read', async (model) => {
    await expect(ask(model, {})).rejects.toThrow(ModelUnavailableError);
  });
});

describe('withoutKeys', () => {
  it('takes every key out of a text, as often as it stands there', () => {
    const text = Object.values(KEYS).join(' and ');
    const clean = withoutKeys(`${text}; ${text}`, KEYS);
    for (const [variable, key] of Object.entries(KEYS)) {
      expect(clean).not.toContain(key);
      expect(clean.split(`[${variable}]`)).toHaveLength(3);
    }
  });

  it('leaves text alone where there are no keys', () => {
    expect(withoutKeys('a text', { OPENAI_API_KEY: '' })).toBe('a text');
  });

  it('is applied to what a server says of the key', async () => {
    const server = await modelServer(fails(401, 'Incorrect API key provided: key-of-ours.'));
    const error = await ask(compatible(server.url), { ...KEYS, KGOT_MODEL_URL: server.url }).catch((e: unknown) => e);
    expect((error as Error).message).toContain('[KGOT_MODEL_KEY]');
    expect((error as Error).message).not.toContain('key-of-ours');
  });
});
