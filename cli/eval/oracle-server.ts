/** The oracle as a child process that speaks the OpenAI protocol: `oracle-server.ts FILE PORT MANNER`, the last as JSON. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StepName } from '../../src/domain/steps.ts';
import { readQuestions } from './data.ts';
import { CHEAP_ORACLE, drawDelay, drawFault } from './noise.ts';
import type { Fault, OracleManner } from './noise.ts';
import { Oracle } from './oracle.ts';
import { PromptCache } from './prompt-cache.ts';
import type { OracleStats } from './start-oracle.ts';

const [file = '', port = '0', manner = '{}'] = process.argv.slice(2);
const { noise, cheapNoise, delay, promptCache } = JSON.parse(manner) as OracleManner;
const oracle = new Oracle(readQuestions(file));
const cache = promptCache ? new PromptCache() : undefined;
const occurrences = new Map<string, number>();
const stats: OracleStats = { requests: 0, answered: 0, errors: 0, hung: 0, inputTokens: 0, outputTokens: 0 };

interface ChatRequest {
  model: string;
  messages: { role: string; content: string | { text?: string }[] }[];
  response_format?: { json_schema?: { name?: string } };
}

const server = createServer((request, response) => {
  if (request.url === '/stats') return send(response, 200, stats);
  void readBody(request).then((body) => answerLater(body, response));
});
server.requestTimeout = 0;
listen(Number(port));
process.on('disconnect', () => process.exit(0));

function listen(wanted: number): void {
  server.once('error', () => (wanted === 0 ? process.exit(1) : listen(0)));
  server.listen(wanted, '127.0.0.1', () => {
    const address = server.address();
    // Whoever started it may be gone by now.
    if (typeof address === 'object' && address !== null && process.connected)
      process.send!(`http://127.0.0.1:${address.port}/v1`);
  });
}

/** Which of equal requests a request is decides its fate: not when it comes. */
function answerLater(body: string, response: ServerResponse): void {
  const occurrence = occurrences.get(body) ?? 0;
  occurrences.set(body, occurrence + 1);
  setTimeout(() => handle(body, occurrence, response), drawDelay(delay, body, occurrence));
}

function handle(body: string, occurrence: number, response: ServerResponse): void {
  stats.requests += 1;
  const request = JSON.parse(body) as ChatRequest;
  const fault = drawFault(request.model === CHEAP_ORACLE ? cheapNoise : noise, body, occurrence);
  if (fault === 'hang') {
    stats.hung += 1;
    return;
  }
  if (fault === 'error' || fault === 'rate-limit') {
    stats.errors += 1;
    const headers: Record<string, string> = fault === 'rate-limit' ? { 'retry-after': '1' } : {};
    return send(
      response,
      fault === 'error' ? 500 : 429,
      { error: { message: `the oracle was asked to fail` } },
      headers,
    );
  }
  const texts = request.messages.map(({ role, content }) => ({
    role,
    text: typeof content === 'string' ? content : content.map(({ text = '' }) => text).join(''),
  }));
  const step = request.response_format?.json_schema?.name as StepName | undefined;
  const prompt = texts.find(({ role }) => role === 'user')?.text ?? '';
  const system = texts.find(({ role }) => role === 'system')?.text ?? '';
  const answer = step === undefined ? undefined : oracle.answer({ step, text: prompt, system });
  if (answer === undefined) {
    stats.errors += 1;
    return send(response, 400, { error: { message: 'the oracle knows only the questions of its data' } });
  }
  const content = spoil(JSON.stringify(answer), fault);
  const usage = {
    prompt_tokens: Math.ceil(texts.reduce((sum, { text }) => sum + text.length, 0) / 4),
    completion_tokens: Math.ceil(content.length / 4),
    ...(cache === undefined
      ? {}
      : {
          prompt_tokens_details: { cached_tokens: cache.take(request.model, texts.map(({ text }) => text).join('\n')) },
        }),
  };
  stats.answered += 1;
  stats.inputTokens += usage.prompt_tokens;
  stats.outputTokens += usage.completion_tokens;
  send(response, 200, {
    id: 'oracle',
    object: 'chat.completion',
    created: 0,
    model: request.model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  });
}

function spoil(content: string, fault: Fault | undefined): string {
  if (fault === 'malformed') return content.slice(0, Math.floor(content.length / 2));
  if (fault === 'wrong-type') return JSON.stringify({ calls: 'none', next: 7, query: null, answer: ['?'], nodes: {} });
  return content;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
