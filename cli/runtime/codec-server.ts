import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { DecryptionError } from '../../src/encryption/codec.ts';

/** Decrypts for Temporal's UI and command line, over HTTP on this machine. */
export interface CodecServer {
  url: string;
  close(): Promise<void>;
}

export interface CodecServerOptions {
  codec: PayloadCodec;
  port: number;
  /** Pages that may ask from a browser; looked up at each request. */
  origins: () => readonly string[];
}

/** Payloads as JSON: their bytes in base64. */
const Body = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.string()).default({}), data: z.string().default('') })),
});

type JsonPayload = z.output<typeof Body>['payloads'][number];

const MOST_BYTES = 64 * 1024 * 1024;

/** An answer that is an error. */
class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Starts a codec server on 127.0.0.1, which answers `POST /decode` and `POST /encode`, also below a namespace. Of pages in
 * browsers only those of `origins` are answered, and under no other name than that of this machine, so that no site can
 * pass itself off as it.
 *
 * @returns undefined when the port is taken
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer | undefined> {
  const server = createServer((request, response) => {
    void answer(request, response, options).catch((error: unknown) => fail(response, error));
  });
  const listening = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(options.port, '127.0.0.1', () => resolve(true));
  });
  if (!listening) return undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { codec, origins }: CodecServerOptions,
): Promise<void> {
  const { host = '', origin } = request.headers;
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) throw new HttpError(403, `${host} is not this machine.`);
  if (origin !== undefined) {
    if (!origins().some((allowed) => sameOrigin(allowed, origin))) {
      throw new HttpError(403, `${origin} is not the UI that this server answers: name it with --ui.`);
    }
    allow(origin, request, response);
  }
  const path = /(?:^|\/)(encode|decode)$/.exec(new URL(request.url ?? '/', 'http://localhost').pathname)?.[1];
  if (path === undefined) throw new HttpError(404, 'There is POST /decode and POST /encode.');
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  if (request.method !== 'POST') throw new HttpError(405, `Send POST /${path}.`);
  const payloads = await readPayloads(request);
  const coded = path === 'encode' ? await codec.encode(payloads) : await codec.decode(payloads);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ payloads: coded.map(toJson) }));
}

/** What a browser is told so that the page may ask, and send what Temporal's UI sends. */
function allow(origin: string, { headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS');
  response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization, authorization-extras');
  if (headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
}

/** `localhost` and `127.0.0.1` are one. */
function sameOrigin(one: string, other: string): boolean {
  const plain = (origin: string): string => URL.parse(origin)?.origin.replace('//localhost', '//127.0.0.1') ?? origin;
  return plain(one) === plain(other);
}

async function readPayloads(request: IncomingMessage): Promise<Payload[]> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw new HttpError(413, `The payloads have more than ${MOST_BYTES} bytes.`);
  }
  const { data: body } = Body.safeParse(jsonOf(Buffer.concat(chunks).toString()));
  if (body === undefined) {
    throw new HttpError(400, 'Send {"payloads": [{"metadata": {…}, "data": "…"}]}, with bytes in base64.');
  }
  return body.payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
    data: Buffer.from(data, 'base64'),
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, base64(value)])),
    data: base64(data ?? new Uint8Array()),
  };
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const status = error instanceof HttpError ? error.status : error instanceof DecryptionError ? 400 : 500;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${error instanceof Error ? error.message : String(error)}\n`);
}
