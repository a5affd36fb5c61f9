import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { ModelUnavailableError } from '../../src/model/language-model.ts';
import { ModelCaller, ModelGaveUpError } from '../../src/model/model-caller.ts';
import type { CalledAnswer, ModelCall } from '../../src/model/model-caller.ts';
import { temporaryStore } from '../support/folders.ts';
import { closedAddress, disconnects, fails, hangs, modelServer, says } from '../support/model-server.ts';

const SCHEMA = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };

let store: ArtifactStore;
let caller: ModelCaller;
beforeEach(() => {
  store = temporaryStore();
  caller = new ModelCaller({ artifacts: store, env: {} });
});

function call(
  url: string,
  parts: Partial<ModelCall> = {},
  signal = new AbortController().signal,
): Promise<CalledAnswer> {
  return caller.call(
    {
      run: 'r',
      key: { round: 1, step: 'model.parseAnswer', sample: '0', ask: 0 },
      model: { provider: 'openai-compatible', name: 'qwen3', url },
      request: {
        name: 'parseAnswer',
        prompt: { system: 'S', user: 'U' },
        schema: SCHEMA,
        maxOutputTokens: 32,
        temperature: 0,
        seed: 0,
      },
      reservation: { tokens: 1_000, dollars: 0 },
      ...parts,
    },
    signal,
  );
}

const ledger = async () => sumEntries(await readLedgerEntries(store, 'r'));

describe('ModelCaller', () => {
  it('returns an answer that was paid for before, also from another process', async () => {
    const server = await modelServer(says('{"answer":"Peru"}'));
    const first = await call(server.url);
    caller = new ModelCaller({ artifacts: store, env: {} });
    expect(await call(server.url)).toEqual(first);
    expect(server.requests).toHaveLength(1);
    expect(await ledger()).toMatchObject({ calls: 1, inputTokens: 12, outputTokens: 3, dollars: 0 });
  });

  it('counts an answer of a server that does not say what it took with what was reserved for it', async () => {
    const server = await modelServer(says('{"answer":"Peru"}', {}));
    expect(await call(server.url)).toMatchObject({ text: '{"answer":"Peru"}' });
    expect(await ledger()).toMatchObject({ calls: 0, unknown: 1, inputTokens: 0 });
  });

  it('asks for JSON in the prompt once a server said that it has no structured output', async () => {
    const server = await modelServer(fails(400, 'response_format is not supported'), says('{"answer":"Peru"}'));
    await expect(call(server.url)).rejects.toMatchObject({ type: 'StructuredOutputUnsupported' });
    expect(await call(server.url)).toEqual({ text: '{"answer":"Peru"}', inPrompt: true });
    const [structured, inWords] = server.requests;
    expect(structured!.body).toHaveProperty('response_format');
    expect(inWords!.body).not.toHaveProperty('response_format');
    expect(inWords!.body.messages[0]!.content).toContain(JSON.stringify(SCHEMA));
    expect(await ledger()).toMatchObject({ calls: 2, failed: 1, unknown: 0, inputTokens: 12 });
  });

  it('asks other calls for JSON in the prompt from then on, whether the first comes again or not', async () => {
    const server = await modelServer(fails(400, 'response_format is not supported'), says('{}'));
    await call(server.url).catch(() => undefined);
    const other = { key: { round: 2, step: 'model.parseAnswer', sample: '0', ask: 0 } };
    expect(await call(server.url, other)).toMatchObject({ inPrompt: true });
    expect(server.requests).toHaveLength(2);
  });

  it('enters nothing for a model that cannot be called, and does not try', async () => {
    for (const model of [
      { provider: 'openai', name: 'gpt' },
      { provider: 'mistral', name: 'x' },
      { provider: 'ollama', name: 'x' },
    ]) {
      await expect(call('', { model })).rejects.toThrow(ModelUnavailableError);
    }
    expect(await ledger()).toEqual(sumEntries([]));
  });

  it('remembers that for the calls that follow, and for another process that goes on', async () => {
    const server = await modelServer(fails(400, 'response_format is not supported'), says('{}'));
    await call(server.url).catch(() => undefined);
    caller = new ModelCaller({ artifacts: store, env: {} });
    expect(await call(server.url)).toMatchObject({ inPrompt: true });
    const other = { key: { round: 2, step: 'model.parseAnswer', sample: '0', ask: 0 } };
    expect(await call(server.url, other)).toMatchObject({ inPrompt: true });
    expect(server.requests).toHaveLength(3);
  });

  it('gives up after five requests that failed', async () => {
    const server = await modelServer(fails(500, 'out of order'));
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await expect(call(server.url)).rejects.toMatchObject({ type: 'ServerError' });
    }
    const gaveUp = await call(server.url).catch((error: unknown) => error);
    expect(gaveUp).toBeInstanceOf(ModelGaveUpError);
    expect((gaveUp as Error).message).toMatch(/gave no answer to 5 requests, 0 of which may still cost.*out of order/);
    expect(server.requests).toHaveLength(5);
    expect(await ledger()).toMatchObject({ calls: 5, failed: 5, unknown: 0 });
  });

  it('gives up earlier where the budget allows fewer requests to stay without an answer', async () => {
    const server = await modelServer(disconnects);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(call(server.url, { requests: 2 })).rejects.toMatchObject({ type: 'MalformedResponse' });
    }
    await expect(call(server.url, { requests: 2 })).rejects.toThrow(
      /2 of which may still cost\. The last error: openai-compatible:qwen3 broke off/,
    );
    expect(server.requests).toHaveLength(2);
    expect(await ledger()).toMatchObject({ calls: 0, unknown: 2, unknownTokens: 2_000 });
  });

  it('does not count requests that were never sent', async () => {
    const nobody = await closedAddress();
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      await expect(call(nobody)).rejects.toMatchObject({ type: 'ModelUnreachable' });
    }
    expect(await ledger()).toEqual(sumEntries([]));
  });

  it('enters a call that was cancelled under way as unknown', async () => {
    const server = await modelServer(hangs);
    const abort = new AbortController();
    const called = call(server.url, {}, abort.signal);
    await server.request(1);
    abort.abort(new Error('cancelled'));
    await expect(called).rejects.toThrow('cancelled');
    expect(await ledger()).toMatchObject({ calls: 0, unknown: 1, unknownTokens: 1_000 });
  });

  it('writes no key into its records', async () => {
    const server = await modelServer(fails(500, 'the key key-of-ours is fine'), says('{}'));
    caller = new ModelCaller({ artifacts: store, env: { KGOT_MODEL_URL: server.url, KGOT_MODEL_KEY: 'key-of-ours' } });
    await call(server.url).catch(() => undefined);
    await call(server.url);
    expect(server.requests[1]!.headers.authorization).toBe('Bearer key-of-ours');
    for (const name of await store.list('runs')) {
      expect((await store.read(name))!.toString()).not.toContain('key-of-ours');
    }
  });
});

describe('a request that shows images', () => {
  const request = (sha256: string) => ({
    request: {
      name: 'read_document',
      prompt: { system: 'S', user: 'U' },
      images: [{ mediaType: 'image/png', sha256 }],
      maxOutputTokens: 32,
      temperature: 0,
      seed: 0,
    },
  });

  it('sends their content, and is recorded with their hashes', async () => {
    const server = await modelServer(says('Total: 42 EUR'));
    const sha256 = await store.putContent(Buffer.from('the image'));
    expect(await call(server.url, request(sha256))).toMatchObject({ text: 'Total: 42 EUR' });
    expect(server.requests[0]!.body.messages[1]!.content).toEqual([
      { type: 'image_url', image_url: { url: `data:image/png;base64,${Buffer.from('the image').toString('base64')}` } },
      { type: 'text', text: 'U' },
    ]);
    const [name] = (await store.list('runs')).filter((file) => file.endsWith('.request'));
    const record = (await store.read(name!))!.toString();
    expect(record).toContain(sha256);
    expect(record).not.toContain('base64');
  });

  it.each([
    [400, 'Invalid content type. image_url is only supported by certain models.'],
    [404, 'No endpoints found that support image input'],
    [500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
    [422, 'messages[1].content must be a string'],
  ])('says of a model that refuses them with status %d that it sees no images', async (status, body) => {
    const server = await modelServer(fails(status, body));
    const sha256 = await store.putContent(Buffer.from('the image'));
    await expect(call(server.url, request(sha256))).rejects.toMatchObject({
      type: 'ImagesUnsupported',
      answered: true,
      message: expect.stringMatching(
        /^openai-compatible:qwen3 cannot see images \(.+\): set KGOT_EXECUTOR to a model that can\.$/s,
      ),
    });
    expect(await ledger()).toMatchObject({ calls: 1, failed: 1, unknown: 0 });
  });

  it.each([
    [429, 'too many images a minute', 'RateLimited'],
    [503, 'overloaded', 'ServerError'],
    [401, 'wrong key', 'ModelUnavailable'],
  ])('keeps other failures, as of status %d with %j', async (status, body, type) => {
    const server = await modelServer(fails(status, body));
    const sha256 = await store.putContent(Buffer.from('the image'));
    await expect(call(server.url, request(sha256))).rejects.toMatchObject({ type });
  });
});
