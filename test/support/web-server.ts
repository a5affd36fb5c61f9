import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as a server saw it. */
export interface WebRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** What was posted as JSON. */
  json: unknown;
}

export interface WebReply {
  status?: number;
  headers?: Record<string, string>;
  /** Text and bytes as they are, all else as JSON. */
  body?: unknown;
}

/** Answers by itself, byte by byte. */
export type WebWriter = (response: ServerResponse) => void;

/** A server on this machine that stands for one of the web. */
export interface WebServer {
  url: string;
  /** `127.0.0.1:PORT` */
  host: string;
  requests: WebRequest[];
  /** Resolves once a request has come. */
  asked: Promise<void>;
  /** Resolves once a client has gone away before the end of its answer. */
  dropped: Promise<void>;
}

/** Starts a server that ends with the test. */
export async function webServer(
  answer: (request: WebRequest) => WebReply | WebWriter,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<WebServer> {
  const asked = Promise.withResolvers<void>();
  const dropped = Promise.withResolvers<void>();
  const requests: WebRequest[] = [];
  const server = createServer((message, response) => {
    response.once('close', () => {
      if (!response.writableFinished) dropped.resolve();
    });
    void readRequest(message).then((request) => {
      requests.push(request);
      asked.resolve();
      send(response, answer(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  return { url: `http://${address}`, host: address, requests, asked: asked.promise, dropped: dropped.promise };
}

async function readRequest(message: IncomingMessage): Promise<WebRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { pathname, searchParams } = new URL(message.url ?? '', 'http://host');
  return {
    ...{ method: message.method ?? '', path: pathname, query: Object.fromEntries(searchParams) },
    ...{ headers: message.headers, json: text === '' ? undefined : (JSON.parse(text) as unknown) },
  };
}

function send(response: ServerResponse, reply: WebReply | WebWriter): void {
  if (typeof reply === 'function') return reply(response);
  const { status = 200, headers = {}, body = '' } = reply;
  const plain = typeof body === 'string' || body instanceof Uint8Array;
  response.writeHead(status, { ...(plain ? {} : { 'content-type': 'application/json' }), ...headers });
  response.end(plain ? body : JSON.stringify(body));
}
