import { ToolError } from '../tool-error.ts';
import { connectionError, statusError, timeoutError } from './http-errors.ts';
import type { FailedResponse } from './http-errors.ts';
import { readBody } from './read-body.ts';

/** A request to a service that the worker's environment names. */
export interface ServiceRequest {
  /** How errors call the service. */
  service: string;
  /** The variable that holds its address. */
  urlVariable: string;
  url: URL;
  headers: Record<string, string>;
  /** What is posted as JSON; absent for GET. */
  body?: unknown;
  /** Its value appears in no error, and in no answer. */
  key?: { variable: string; value: string };
  signal: AbortSignal;
  /** @default 20_000 */
  milliseconds?: number;
  /** Says more of an error status than the status itself does; undefined for one that it does not know. */
  explain?: (response: FailedResponse, text: string) => ToolError | undefined;
}

export interface JsonAnswer {
  headers: { get(name: string): string | null };
  json: unknown;
}

const LARGEST_ANSWER = 10_000_000;
/** Of an error's text. */
const SHOWN_CHARACTERS = 300;

/**
 * Asks a service and reads its answer as JSON, without any retry. Redirects are not followed: a key goes nowhere but to the
 * address that the environment names.
 *
 * @throws {ToolError} saying what was wrong, and whether it is worth another attempt
 */
export async function requestJson(request: ServiceRequest): Promise<JsonAnswer> {
  const { service, signal, milliseconds = 20_000 } = request;
  const timeout = AbortSignal.timeout(milliseconds);
  try {
    return await send(request, AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw timeoutError(service, milliseconds);
    throw connectionError(error, service, (text) => withoutKey(text, request));
  }
}

async function send(request: ServiceRequest, signal: AbortSignal): Promise<JsonAnswer> {
  const { service, url, headers, body } = request;
  const { fetch } = await import('undici');
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
    signal,
  });
  const bytes = await readBody(response, LARGEST_ANSWER, `The answer of ${service}`);
  const text = withoutKey(bytes.toString('utf8'), request);
  if (!response.ok) throw refusal(request, response, text);
  try {
    return { headers: response.headers, json: JSON.parse(text) as unknown };
  } catch {
    throw new ToolError(`${service} sent no JSON: ${shown(text)}`, { type: 'BrokenAnswer', retry: true });
  }
}

function refusal(request: ServiceRequest, response: FailedResponse, text: string): ToolError {
  const { service, key, urlVariable, explain } = request;
  const { status } = response;
  const explained = explain?.(response, text);
  if (explained !== undefined) return explained;
  if (status >= 300 && status < 400) {
    return statusError(response, `${service} redirects: set ${urlVariable} to the address that it redirects to.`);
  }
  const said = shown(text);
  const message = `${service} answered with status ${status}${said === '' ? '.' : `: ${said}`}`;
  if (status !== 401 && status !== 403) return statusError(response, message);
  const hint = key === undefined ? `Is ${urlVariable} right?` : `Is ${key.variable} in the worker's environment right?`;
  return statusError(response, `${message} ${hint}`, { type: 'KeyRefused' });
}

function shown(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
}

/** What is shorter is no secret, and stands everywhere. */
const SHORTEST_KEY = 6;

/** A service may repeat what it was sent: the key is taken out before anything is read, also as addresses and JSON spell it. */
function withoutKey(text: string, { key }: ServiceRequest): string {
  if (key === undefined || key.value.length < SHORTEST_KEY) return text;
  const spellings = [key.value, encodeURIComponent(key.value), JSON.stringify(key.value).slice(1, -1)];
  return spellings.reduce((clean, spelling) => clean.replaceAll(spelling, `[${key.variable}]`), text);
}
