import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunModels } from '../src/domain/run.ts';
import type { StepName } from '../src/domain/steps.ts';

/** One request to the stub. */
export interface StubRequest {
  /** The schema's name: the step, or the tool that calls `generate`; empty where the request has no schema. */
  step: StepName | (string & {});
  /** The model's name. */
  model: string;
  system: string;
  /** The last message of the user. */
  prompt: string;
  /** Images that the model is shown with it, as URLs. */
  images: string[];
  /** All messages but the system's: more than one where an answer did not fit. */
  conversation: string;
  /** How many requests of this step came before. */
  earlier: number;
  headers: IncomingMessage['headers'];
}

/** An answer's value or text, an HTTP error, or no answer at all. */
export type StubReply =
  | { value: unknown; usage?: StubUsage }
  | { text: string; usage?: StubUsage }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | 'hang';

/** Tokens that an answer is said to have taken. */
export interface StubUsage {
  prompt_tokens: number;
  completion_tokens: number;
}

/** A server that speaks the OpenAI protocol and answers as a script says: no model, for tests and benchmarks. */
export interface StubModel {
  url: string;
  models: RunModels;
  /** Every request so far, in the order in which they came. */
  requests: StubRequest[];
  /** Answers that were sent. */
  answered: number;
  /** Requests whose client went away before the answer. */
  dropped: number;
  /** Forgets all requests so far. */
  forget(): void;
  close(): Promise<void>;
}

export interface StubOptions {
  /** Milliseconds until each answer. @default 0 */
  latency?: number;
  /** @default any free one */
  port?: number;
}

export async function startStubModel(
  script: (request: StubRequest) => StubReply,
  { latency = 0, port = 0 }: StubOptions = {},
): Promise<StubModel> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => void answer(request, response));
  server.requestTimeout = 0;
  const url = `http://127.0.0.1:${await listen(server, port)}/v1`;
  const reference = { provider: 'openai-compatible', name: 'stub', url };
  const stub: StubModel = {
    url,
    models: { planner: reference, executor: reference },
    requests: [],
    answered: 0,
    dropped: 0,
    forget: () => {
      stub.requests.length = 0;
      counts.clear();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return stub;

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = readRequest(await readBody(message), message, counts);
    stub.requests.push(request);
    response.once('close', () => {
      if (!response.writableFinished) stub.dropped += 1;
    });
    const reply = script(request);
    if (reply === 'hang') return;
    if (latency > 0) await delay(latency);
    if (response.destroyed) return;
    if ('status' in reply) {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(JSON.stringify(reply.body ?? { error: { message: `status ${reply.status}` } }));
      return;
    }
    stub.answered += 1;
    const { usage = { prompt_tokens: 100, completion_tokens: 20 } } = reply;
    const content = 'text' in reply ? reply.text : JSON.stringify(reply.value);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'stub',
        object: 'chat.completion',
        created: 0,
        model: 'stub',
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
      }),
    );
  }
}

interface ChatRequest {
  model: string;
  messages: { role: string; content: string | { text?: string; image_url?: { url: string } }[] }[];
  response_format?: { json_schema?: { name?: string } };
}

function readRequest(body: string, message: IncomingMessage, counts: Map<string, number>): StubRequest {
  const { model, messages, response_format } = JSON.parse(body) as ChatRequest;
  const wordsOf = ({ content }: Pick<ChatRequest['messages'][number], 'content'>): string =>
    typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('');
  const textOf = (role: string): string =>
    wordsOf(messages.findLast((candidate) => candidate.role === role) ?? { content: '' });
  const conversation = messages.filter(({ role }) => role !== 'system').map(wordsOf);
  const system = textOf('system');
  const inWords = /^Answer with one JSON object, "(\w+)"/m.exec(system)?.[1];
  const step = response_format?.json_schema?.name ?? inWords ?? '';
  const earlier = counts.get(step) ?? 0;
  counts.set(step, earlier + 1);
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const images = parts.flatMap(({ image_url }) => (image_url === undefined ? [] : [image_url.url]));
  return {
    ...{ step, model, system, earlier, images, headers: message.headers },
    ...{ prompt: textOf('user'), conversation: conversation.join('\n\n') },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
