import { APICallError } from 'ai';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failures.ts';
import { generate } from '../../src/model/generate.ts';
import type { GenerateOptions, ModelAnswer, ModelRequest } from '../../src/model/generate.ts';
import { classifyError, ModelCallError } from '../../src/model/errors.ts';
import {
  breaksOff,
  closedAddress,
  disconnects,
  fails,
  fallsSilent,
  goesOn,
  hangs,
  modelServer,
  says,
  sends,
} from '../support/model-server.ts';
import type { Respond } from '../support/model-server.ts';

const MODEL = { provider: 'openai-compatible', name: 'qwen3', url: 'http://127.0.0.1:8011/v1' };
const OWN = { ...MODEL, url: 'https://models.example/v1' };
const SCHEMA = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };

function ask(
  url: string,
  request: Partial<ModelRequest> = {},
  options: Partial<GenerateOptions> = {},
): Promise<ModelAnswer> {
  return generate(
    { provider: 'openai-compatible', name: 'qwen3', url },
    { name: 'step', prompt: { system: 'S', user: 'U' }, maxOutputTokens: 32, temperature: 0, seed: 7, ...request },
    { signal: new AbortController().signal, deadline: 20_000, inPrompt: false, env: {}, ...options },
  );
}

/** The error of a request that gets this response; also checks that it was sent once. */
async function errorOf(respond: Respond, options: Partial<GenerateOptions> = {}): Promise<ModelCallError> {
  const server = await modelServer(respond);
  const error = await ask(server.url, {}, options).catch((thrown: unknown) => thrown);
  expect(server.requests).toHaveLength(1);
  expect(error).toBeInstanceOf(ModelCallError);
  return error as ModelCallError;
}

describe('a request', () => {
  it('carries its words, limits and schema, and the answer its usage', async () => {
    const usage = { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 8 } };
    const server = await modelServer(says('{"answer":"Peru"}', usage));
    const answer = await ask(server.url, { schema: SCHEMA });
    expect(answer).toEqual({ text: '{"answer":"Peru"}', inputTokens: 12, cachedInputTokens: 8, outputTokens: 3 });
    const { path, body } = server.requests[0]!;
    expect(path).toBe('/v1/chat/completions');
    expect(body).toMatchObject({ model: 'qwen3', max_tokens: 32, temperature: 0, seed: 7 });
    expect(body.response_format).toMatchObject({ type: 'json_schema', json_schema: { name: 'step', schema: SCHEMA } });
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  it('shows an invalid answer with its error when there was one', async () => {
    const server = await modelServer(says('{}'));
    await ask(server.url, { previous: { text: 'Peru!', error: 'It is no JSON.' } });
    const [, ...messages] = server.requests[0]!.body.messages;
    expect(messages.map(({ content }) => content)).toEqual([
      'U',
      'Peru!',
      expect.stringContaining('It is no JSON.') as unknown,
    ]);
  });

  it('asks for JSON in words where there is no structured output', async () => {
    const server = await modelServer(says('{}'));
    await ask(server.url, { schema: SCHEMA }, { inPrompt: true });
    const { body } = server.requests[0]!;
    expect(body).not.toHaveProperty('response_format');
    expect(body.messages[0]!.content).toContain(JSON.stringify(SCHEMA));
  });

  it('is answered, and paid for, when the text is not what the schema says', async () => {
    const server = await modelServer(says('I do not know.'));
    expect(await ask(server.url, { schema: SCHEMA })).toMatchObject({ text: 'I do not know.', inputTokens: 12 });
  });
});

describe('an error', () => {
  it.each([
    [429, 'RateLimited', true],
    [500, 'ServerError', true],
    [503, 'ServerError', true],
    [408, 'ServerError', true],
    [401, 'ModelUnavailable', false],
    [403, 'ModelUnavailable', false],
    [404, 'ModelUnavailable', false],
    [400, 'ModelRefused', false],
    [413, 'ModelRefused', false],
    [422, 'ModelRefused', false],
  ] as const)('of status %i is %s and known to cost nothing; retryable: %s', async (status, type, retryable) => {
    const error = await errorOf(fails(status, 'the reason why'));
    expect(error).toMatchObject({ type, answered: true });
    expect(error.message).toContain(`openai-compatible:qwen3 answered with status ${status}`);
    expect(error.message).toContain('the reason why');
    expect(toFailure(error)).toMatchObject({ type, nonRetryable: !retryable });
  });

  it.each([
    ['seconds', { 'retry-after': '3' }, 3_000],
    ['milliseconds', { 'retry-after-ms': '250', 'retry-after': '3' }, 250],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    [
      'a date by another clock',
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:20 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
      20_000,
    ],
    ['more than a day', { 'retry-after': '1e300' }, 86_400_000],
    ['no end', { 'retry-after': 'Infinity' }, 86_400_000],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ] as [string, Record<string, string>, number | undefined][])(
    'with %s in Retry-After comes back after that',
    async (_, headers, milliseconds) => {
      const error = await errorOf(fails(429, 'slow down', headers));
      expect(error.retryAfter).toBe(milliseconds);
      expect(toFailure(error)).toMatchObject({ type: 'RateLimited', nonRetryable: false });
    },
  );

  it('with a date in Retry-After comes back then', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const { retryAfter } = await errorOf(fails(503, 'busy', { 'retry-after': date }));
    expect(retryAfter).toBeGreaterThan(30_000);
    expect(retryAfter).toBeLessThanOrEqual(60_000);
  });

  it.each(["'response_format' is not supported", 'Unknown field: json_schema', 'No structured outputs here'])(
    'of status 400 that says %j leads to JSON in the prompt',
    async (message) => {
      const error = await errorOf(fails(400, message));
      expect(error).toMatchObject({ type: 'StructuredOutputUnsupported', answered: true });
      expect(toFailure(error)).toMatchObject({ nonRetryable: false });
    },
  );

  it.each([
    ['a body that is no JSON', sends(200, '<html>gateway</html>')],
    ['JSON that is no completion', sends(200, { hello: 'world' })],
    ['a connection that ends at once', disconnects],
    ['a connection that ends in the middle', breaksOff],
    ['an empty body', sends(200, '')],
    ['no choice', sends(200, { choices: [] })],
    ['an error with status 200', sends(200, { error: { message: 'overloaded' } })],
    ['a body that never ends', goesOn(256 * 1024)],
  ])('for %s is retried, and may have cost', async (_, respond) => {
    const error = await errorOf(respond);
    expect(error).toMatchObject({ type: 'MalformedResponse', answered: false });
    expect(toFailure(error)).toMatchObject({ nonRetryable: false });
  });

  it('for an address where nobody listens says that nothing was sent', async () => {
    await expect(ask(await closedAddress())).rejects.toMatchObject({
      type: 'ModelUnreachable',
      answered: false,
      message: expect.stringContaining('cannot be reached (ECONNREFUSED)') as unknown,
    });
  });

  it('for a port that fetch never asks is not tried again', async () => {
    const error = await ask('http://127.0.0.1:9/v1').catch((failure: unknown) => failure as Error);
    expect(error).toMatchObject({ type: 'ModelUnavailable', answered: false });
    expect((error as Error).message).toContain('qwen3 is at a port that fetch never asks (bad port)');
    expect(toFailure(error)).toMatchObject({ nonRetryable: true });
  });

  it('for a body that never ends says how much was read of it', async () => {
    expect((await errorOf(goesOn(256 * 1024))).message).toContain('qwen3 sent an answer of more than 16 MiB');
  });

  it.each([
    ['does not come', hangs],
    ['stops after its headers', fallsSilent],
    ['comes a byte at a time', goesOn(1, 20)],
  ])('for an answer that %s is a timeout after the deadline', async (_, respond) => {
    const error = await errorOf(respond, { deadline: 200 });
    expect(error).toMatchObject({ type: 'ModelTimeout', answered: false });
    expect(error.message).toContain('did not answer within 0.2 seconds');
    expect(toFailure(error)).toMatchObject({ nonRetryable: false });
  });

  it.each([
    ['ENOTFOUND', 'getaddrinfo'],
    ['EAI_AGAIN', 'getaddrinfo'],
    ['EHOSTUNREACH', 'connect'],
    ['ENETUNREACH', 'connect'],
    ['ETIMEDOUT', 'connect'],
    ['UND_ERR_CONNECT_TIMEOUT', undefined],
    ['CERT_HAS_EXPIRED', undefined],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined],
    ['ERR_TLS_CERT_ALTNAME_INVALID', undefined],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined],
  ])('%s before anything is sent costs nothing, and is waited out', (code, syscall) => {
    const cause = Object.assign(new Error('no way'), { code, syscall });
    for (const reason of [cause, new AggregateError([cause])]) {
      const error = classifyError(new TypeError('fetch failed', { cause: reason }), MODEL, {});
      expect(error).toMatchObject({ type: 'ModelUnreachable', answered: false });
      expect(error.message).toContain(`openai-compatible:qwen3 cannot be reached (${code}): fetch failed`);
      expect(error.message).toContain('Is the network up, and its address right?');
      expect(toFailure(error)).toMatchObject({ nonRetryable: false });
    }
  });

  it.each(['ECONNRESET', 'ETIMEDOUT', 'EPIPE'])('%s after that may have cost', (code) => {
    const cause = Object.assign(new Error('gone'), { code, syscall: 'read' });
    expect(classifyError(new TypeError('fetch failed', { cause }), MODEL, {})).toMatchObject({
      type: 'MalformedResponse',
      answered: false,
    });
  });

  it.each([
    [{ provider: 'openai', name: 'x' }, {}, 'Is the key in OPENAI_API_KEY in the environment of the worker right?'],
    [{ provider: 'anthropic', name: 'x' }, {}, 'Is the key in ANTHROPIC_API_KEY in'],
    [{ provider: 'google', name: 'x' }, {}, 'Is the key in GOOGLE_GENERATIVE_AI_API_KEY in'],
    [OWN, { KGOT_MODEL_URL: OWN.url, KGOT_MODEL_KEY: 'a-secret' }, 'Is the key in KGOT_MODEL_KEY in'],
    [OWN, { KGOT_MODEL_URL: OWN.url }, 'It wants a key: start the worker with KGOT_MODEL_KEY'],
    [OWN, { KGOT_MODEL_KEY: 'a-secret' }, 'start it with KGOT_MODEL_URL=https://models.example/v1.'],
    [{ ...OWN, provider: 'ollama' }, { KGOT_MODEL_KEY: 'a-secret' }, 'No key is sent to ollama'],
  ])('for a wrong key of %o with %o names its variable, and no key', (model, env, hint) => {
    for (const statusCode of [401, 403]) {
      const refused = new APICallError({
        ...{ message: 'no', url: 'https://x', requestBodyValues: {}, statusCode },
        responseBody: 'the key a-secret is wrong',
      });
      const error = classifyError(refused, model, env);
      expect(error).toMatchObject({ type: 'ModelUnavailable', answered: true });
      expect(error.message).toContain(hint);
      if ('KGOT_MODEL_KEY' in env) expect(error.message).not.toContain('a-secret');
    }
  });

  it('after an abort is the reason of the abort, not one of the model', async () => {
    const server = await modelServer(hangs);
    const abort = new AbortController();
    const asked = ask(server.url, {}, { signal: abort.signal });
    await server.request(1);
    const reason = new Error('the run was cancelled');
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });

  it('is short, however long the server talks', async () => {
    expect((await errorOf(fails(500, 'x'.repeat(100_000)))).message.length).toBeLessThan(700);
  });
});

it('errors of other kinds pass as they are', () => {
  const error = new TypeError('a bug');
  expect(toFailure(error)).toBe(error);
});
