import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { echoOf } from './canaries.ts';

/** Stands in everything that the providers say, so that a search can show that it looks there. */
export const PROVIDER_MARK = 'said-by-the-provider';

/** Asked of a run that is to wait for a person. */
export const WAITING_QUESTION = 'Who leads Peru, when somebody allows to ask?';

/** Servers of OpenAI, Anthropic, Google, an OpenAI-compatible one, and a webhook, which say back all that is secret to them. */
export interface FakeProviders {
  url: string;
  /** Bodies of all requests. */
  bodies: string[];
  close(): Promise<void>;
}

/**
 * A model named `refuses` answers with status 401, `stumbles` with 500, 429 and 400 before it answers: each time with the
 * key, in all its spellings.
 */
export async function startFakeProviders(): Promise<FakeProviders> {
  const bodies: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      bodies.push(body);
      const path = request.url ?? '';
      const protocol = PROTOCOLS.find((candidate) => path.includes(candidate.path));
      if (protocol === undefined) return send(response, 500, errorBody(path), path);
      const key = protocol.keyOf(request.headers);
      const model = `${protocol.path} ${path} ${(JSON.parse(body) as { model?: string }).model}`;
      const count = counts.get(model) ?? 0;
      counts.set(model, count + 1);
      const status = model.includes('refuses') ? 401 : ([500, 429, 400][count] ?? 200);
      const answer = protocol.answer(JSON.stringify(answerTo(body, key)));
      send(response, status, status === 200 ? answer : errorBody(key), key);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, status: number, body: unknown, key: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1', 'x-your-key': key });
  response.end(JSON.stringify(body));
}

function errorBody(key: string): object {
  return { error: { message: `${PROVIDER_MARK}: not with the key ${echoOf(key)}`, type: 'a', code: 1, status: 'B' } };
}

interface Protocol {
  path: string;
  keyOf(headers: IncomingHttpHeaders): string;
  answer(text: string): object;
}

const bearer = ({ authorization = '' }: IncomingHttpHeaders): string => authorization.replace(/^Bearer /, '');

const PROTOCOLS: readonly Protocol[] = [
  {
    path: '/chat/completions',
    keyOf: bearer,
    answer: (content) => ({
      ...{ id: 'a', object: 'chat.completion', created: 0, model: 'm' },
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
      usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
    }),
  },
  {
    path: '/responses',
    keyOf: bearer,
    answer: (text) => ({
      ...{ id: 'a', object: 'response', created_at: 0, status: 'completed', model: 'm' },
      output: [
        {
          ...{ type: 'message', id: 'b', role: 'assistant', status: 'completed' },
          content: [{ type: 'output_text', text, annotations: [] }],
        },
      ],
      usage: { input_tokens: 9, output_tokens: 9, total_tokens: 18 },
    }),
  },
  {
    path: '/messages',
    keyOf: (headers) => String(headers['x-api-key']),
    answer: (text) => ({
      ...{ id: 'a', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' },
      content: [{ type: 'text', text }],
      usage: { input_tokens: 9, output_tokens: 9 },
    }),
  },
  {
    path: ':generateContent',
    keyOf: (headers) => String(headers['x-goog-api-key']),
    answer: (text) => ({
      candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 9, totalTokenCount: 18 },
    }),
  },
];

/** Answers each step so that a run finds its fact, with the key in every text that the step's schema has. */
function answerTo(body: string, key: string): object {
  const said = `${PROVIDER_MARK} ${echoOf(key)}`;
  const asksFor = (property: string): boolean => body.includes(`"${property}":{"`);
  const property = { name: 'said', value: said };
  if (asksFor('next')) {
    const known = /LEADS\]->|LEADS \{/.test(body);
    return known
      ? { facts: [], next: 'SOLVE', how: said }
      : { facts: [{ fact: `Who leads Peru? ${said}`, value: '?' }], next: 'ENHANCE', how: said };
  }
  if (asksFor('calls')) {
    if (body.includes(WAITING_QUESTION)) return { calls: [{ tool: 'leaky_effect', input: { about: said } }] };
    const calls = ['leaky_error', 'leaky_failure', 'leaky_output', 'leaky_prompt'].map((tool) => ({
      tool,
      input: { about: said },
    }));
    return { calls: [{ tool: 'search_documents', input: { page: 1, query: `Peru ${said}` } }, ...calls] };
  }
  if (asksFor('nodes')) {
    return {
      nodes: ['Ada Vega', 'Peru'].map((name) => ({ name, label: 'Thing', properties: [property] })),
      edges: [{ from: 'Ada Vega', type: 'LEADS', to: 'Peru', properties: [property] }],
      retract: [],
    };
  }
  if (asksFor('query'))
    return { query: `MATCH (p)-[:LEADS]->(c) WHERE p.name <> ${JSON.stringify(said)} RETURN p.name` };
  if (asksFor('calculate')) return { calculate: '', answer: `Ada Vega, ${said}` };
  return { said };
}
