import { randomBytes } from 'node:crypto';
import { request as send } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCodecServer } from '../../cli/runtime/codec-server.ts';
import { EncryptionCodec } from '../../src/encryption/codec.ts';
import { kgot } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';

const key = { id: 'k1', bytes: randomBytes(32) };
const codec = new EncryptionCodec([key]);
const UI = 'http://127.0.0.1:8233';

async function server(): Promise<string> {
  const { url, close } = (await startCodecServer({ codec, port: 0, origins: () => [UI] }))!;
  onTestFinished(close);
  return url;
}

/** A payload as Temporal's UI sends it. */
async function encrypted(value: unknown): Promise<object> {
  const [{ metadata, data }] = (await codec.encode([defaultPayloadConverter.toPayload(value)])) as [never];
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const entries = Object.entries(metadata as Record<string, Uint8Array>).map(([name, bytes]) => [name, base64(bytes)]);
  return { metadata: Object.fromEntries(entries), data: base64(data) };
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the codec server', () => {
  it('decodes, and encodes again, with what Temporal’s UI sends', async () => {
    const url = await server();
    const payloads = [await encrypted('one'), await encrypted({ two: 2 })];
    const headers = { origin: UI, 'x-namespace': 'default', authorization: 'Bearer token' };
    const response = await post(`${url}/decode`, { payloads }, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(UI);
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
    const decoded = (await response.json()) as { payloads: { metadata: { encoding: string }; data: string }[] };
    const plain = decoded.payloads.map(({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()));
    expect(plain).toEqual(['one', { two: 2 }]);
    expect(atob(decoded.payloads[0]!.metadata.encoding)).toBe('json/plain');

    // The command line asks below the namespace, and from no page.
    const encoded = (await (await post(`${url}/default/encode`, decoded)).json()) as typeof decoded;
    expect(atob(encoded.payloads[0]!.metadata.encoding)).toBe('binary/encrypted');
    expect(await (await post(`${url}/default/decode`, encoded)).json()).toEqual(decoded);
  });

  it('tells browsers that the UI may ask, under either name of this machine, and nobody else', async () => {
    const url = await server();
    const asks = (origin: string): Promise<Response> =>
      fetch(`${url}/decode`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-private-network': 'true' },
      });
    for (const origin of [UI, 'http://localhost:8233']) {
      const { status, headers } = await asks(origin);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-headers')).toBe(
        'content-type, x-namespace, authorization, authorization-extras',
      );
      expect(headers.get('access-control-allow-private-network')).toBe('true');
    }
    for (const origin of ['http://127.0.0.1:8234', 'https://127.0.0.1:8233', 'http://evil.example', 'null']) {
      const { status, headers } = await asks(origin);
      expect(status).toBe(403);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect((await post(`${url}/decode`, { payloads: [] }, { origin })).status).toBe(403);
    }
  });

  it('answers under no name but that of this machine', async () => {
    const url = new URL(await server());
    const status = await new Promise<number>((resolve) => {
      const asking = send({
        host: '127.0.0.1',
        port: url.port,
        path: '/decode',
        method: 'POST',
        headers: { host: 'evil.example' },
      });
      asking.on('response', (response) => resolve(response.statusCode!));
      asking.end('{"payloads": []}');
    });
    expect(status).toBe(403);
  });

  it.each<[string, string, unknown, number, RegExp]>([
    ['POST', '/decode', 'nonsense', 400, /^Send \{"payloads"/],
    ['POST', '/decode', { payloads: [7] }, 400, /^Send \{"payloads"/],
    ['POST', '/other', {}, 404, /POST \/decode and POST \/encode/],
    ['GET', '/decode', undefined, 405, /^Send POST \/decode/],
  ])('%s %s of %j is refused', async (method, path, body, status, message) => {
    const options =
      body === undefined ? { method } : { method, body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`${await server()}${path}`, options);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(message);
  });

  it('names the key that it lacks', async () => {
    const url = await server();
    const payload = (await encrypted('one')) as { metadata: Record<string, string> };
    payload.metadata['encryption-key-id'] = btoa('k9');
    const response = await post(`${url}/decode`, { payloads: [payload] });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('is encrypted with the key "k9", and KGOT_ENCRYPTION_KEYS has only k1');
  });
});

describe('kgot codec-server', () => {
  const env = { KGOT_ENCRYPTION_KEYS: `k1:${key.bytes.toString('base64')}` };

  it('serves on this machine until Ctrl-C', async () => {
    const args = ['codec-server', '--port', '0', '--ui', 'http://localhost:8080', '--json'];
    const command = kgot(args, { folder: temporaryFolder(), env });
    await command.until('\n');
    const { url, ui } = JSON.parse(command.stdout) as { url: string; ui: string };
    expect(ui).toBe('http://localhost:8080');
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const response = await post(`${url}/decode`, { payloads: [await encrypted('one')] }, { origin: ui });
    expect(response.status).toBe(200);
    process.kill(command.child.pid!, 'SIGINT');
    expect(await command.ended).toBe(0);
  });

  it('needs keys, and a port that is free', async () => {
    const folder = temporaryFolder();
    const without = kgot(['codec-server'], { folder });
    expect(await without.ended).toBe(2);
    expect(without.stderr).toContain('There is nothing to decrypt with: set KGOT_ENCRYPTION_KEYS');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const second = kgot(['codec-server', '--port', String(port)], { folder, env });
    expect(await second.ended).toBe(1);
    expect(second.stderr).toContain(`The port ${port} is taken: give another with --port.`);
  });
});
