import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SeenRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: {
    model: string;
    messages: { role: string; content: string }[];
    response_format?: { type: string; json_schema?: { name: string; schema: unknown } };
    max_tokens?: number;
    temperature?: number;
    seed?: number;
  };
}

export type Respond = (response: ServerResponse, request: SeenRequest) => void;

/** A server that speaks as OpenAI does. */
export interface ModelServer {
  /** Base URL, as KGOT_MODEL_URL takes it. */
  url: string;
  /** What was asked so far. */
  requests: SeenRequest[];
  /** Resolves once so many requests have come, with the last of them. */
  request(count: number): Promise<SeenRequest>;
}

/** Starts a server that gives each request the next response, and the last one to all that follow. */
export async function modelServer(...responses: Respond[]): Promise<ModelServer> {
  const requests: SeenRequest[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = (text === '' ? {} : JSON.parse(text)) as SeenRequest['body'];
      const request: SeenRequest = { path: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(request);
      for (const look of waiting) look();
      responses[Math.min(requests.length, responses.length) - 1]!(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    request: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve(requests[count - 1]!);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** An address where nobody listens. */
export async function closedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

/** An answer with this text. */
export function says(
  text: string,
  usage: Record<string, unknown> = { prompt_tokens: 12, completion_tokens: 3 },
): Respond {
  return sends(200, {
    id: 'completion',
    object: 'chat.completion',
    created: 0,
    model: 'a-model',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }],
    usage,
  });
}

/** A status with a body: JSON unless it is text. */
export function sends(status: number, body: unknown = {}, headers: Record<string, string> = {}): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** An error as OpenAI words it. */
export function fails(status: number, message: string, headers: Record<string, string> = {}): Respond {
  return sends(status, { error: { message, type: 'an_error' } }, headers);
}

/** Takes the request and never answers. */
export const hangs: Respond = () => {};

/** Ends the connection without an answer. */
export const disconnects: Respond = (response) => {
  response.socket!.destroy();
};

/** Ends the connection in the middle of an answer. */
export const breaksOff: Respond = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
  response.write('{"id": "compl', () => response.socket!.destroy());
};

/** Says that an answer comes, and sends none. */
export const fallsSilent: Respond = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
};

/** Sends an answer that goes on for ever, so many bytes at a time. */
export function goesOn(bytes: number, milliseconds = 0): Respond {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const part = Buffer.alloc(bytes, ' ');
    const send = (): void => {
      if (!response.destroyed) response.write(part, () => setTimeout(send, milliseconds));
    };
    send();
  };
}
