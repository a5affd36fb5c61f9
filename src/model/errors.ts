import { APICallError } from 'ai';
import { modelLabel } from '../domain/models.ts';
import { parseRetryAfter } from '../domain/retry-after.ts';
import type { ModelReference } from '../domain/run.ts';
import { AnswerTooLongError } from './bounded-fetch.ts';
import { keyHint, withoutKeys } from './language-model.ts';

/**
 * - `RateLimited`, `ServerError`, `ModelTimeout`, `MalformedResponse`: another attempt may succeed
 * - `ModelUnreachable`: nothing was sent; another attempt may succeed, however often
 * - `StructuredOutputUnsupported`: the next attempt asks for JSON in the prompt
 * - `ImagesUnsupported`: the model sees no images
 * - `ModelRefused`: this request cannot succeed
 * - `ModelUnavailable`: no request to this model can
 */
export type ModelErrorType =
  | 'RateLimited'
  | 'ServerError'
  | 'ModelTimeout'
  | 'MalformedResponse'
  | 'ModelUnreachable'
  | 'StructuredOutputUnsupported'
  | 'ImagesUnsupported'
  | 'ModelRefused'
  | 'ModelUnavailable';

/** Thrown when a model request gave no answer. */
export class ModelCallError extends Error {
  override readonly name = 'ModelCallError';
  readonly type: ModelErrorType;
  /** True when an HTTP error came back: the request is known to have cost nothing. */
  readonly answered: boolean;
  /** Milliseconds after which the provider asked to come back. */
  readonly retryAfter?: number;
  constructor(type: ModelErrorType, message: string, { answered = false, retryAfter, cause }: ModelCallErrorOptions) {
    super(message, { cause });
    this.type = type;
    this.answered = answered;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

interface ModelCallErrorOptions {
  answered?: boolean;
  retryAfter?: number;
  cause?: unknown;
}

/** Codes of errors before a request is sent: no host, no way to it, no connection, or none that is safe. */
const NOT_SENT = new RegExp(
  '^(ECONNREFUSED|ENOTFOUND|EAI_.*|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT' +
    '|EPROTO|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$',
);

/** Says what an error of the AI SDK means for the call. Keys are taken out of messages. */
export function classifyError(
  error: unknown,
  model: ModelReference,
  env: NodeJS.ProcessEnv = process.env,
): ModelCallError {
  const label = modelLabel(model);
  const cause = error instanceof Error ? withoutKeys(error.message, env) : String(error);
  const causes = causesOf(error);
  const tooLong = causes.find((one) => one instanceof AnswerTooLongError);
  if (tooLong !== undefined) return new ModelCallError('MalformedResponse', `${label} sent ${tooLong.message}.`, {});
  const unsent = causes.find(isBeforeSending);
  if (unsent !== undefined) {
    const message = `${label} cannot be reached (${unsent.code}): ${cause}. Is the network up, and its address right?`;
    return new ModelCallError('ModelUnreachable', message, {});
  }
  // Ports of other protocols, by the fetch standard.
  if (causes.some(({ message }) => message === 'bad port')) {
    const message = `${label} is at a port that fetch never asks (bad port): give its address with another.`;
    return new ModelCallError('ModelUnavailable', message, {});
  }
  if (!APICallError.isInstance(error) || error.statusCode === undefined) {
    return new ModelCallError('MalformedResponse', `${label} broke off or sent no readable answer: ${cause}`, {});
  }
  const { statusCode: status, responseHeaders = {}, responseBody = '' } = error;
  if (status >= 200 && status < 300) {
    return new ModelCallError('MalformedResponse', `${label} sent an answer that cannot be read: ${cause}`, {});
  }
  const body = withoutKeys(responseBody, env).slice(0, 500);
  const message = `${label} answered with status ${status}: ${body || cause}`;
  const retryAfter = parseRetryAfter((name) => responseHeaders[name], Date.now());
  if (status === 429) return new ModelCallError('RateLimited', message, { answered: true, retryAfter });
  if (status === 408 || status >= 500)
    return new ModelCallError('ServerError', message, { answered: true, retryAfter });
  if ((status === 400 || status === 422) && /response_format|json_schema|structured output/i.test(responseBody)) {
    return new ModelCallError('StructuredOutputUnsupported', message, { answered: true, retryAfter: 1 });
  }
  if (status === 401 || status === 403 || status === 404) {
    const hint = status === 404 ? 'Is the name of the model right?' : keyHint(model, env);
    return new ModelCallError('ModelUnavailable', `${message} ${hint}`, { answered: true });
  }
  return new ModelCallError('ModelRefused', message, { answered: true });
}

/**
 * What a refusal means for a request that shows images: a model that sees none is refused them in as many ways as there
 * are servers, some of which call it an error of their own.
 */
export function imagesRefused(failure: ModelCallError, label: string): ModelCallError {
  const about = /image|vision|visual|multi-?modal|mmproj|content.{0,40}(?:string|text)/i;
  // Names of models speak of vision too.
  if (!failure.answered || failure.type === 'RateLimited' || !about.test(failure.message.replaceAll(label, ''))) {
    return failure;
  }
  return new ModelCallError(
    'ImagesUnsupported',
    `${label} cannot see images (${failure.message}): set KGOT_EXECUTOR to a model that can.`,
    failure,
  );
}

/** An error and what caused it; of attempts side by side, the first one's. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 6; cause = cause.cause) {
    if (cause instanceof AggregateError && cause.errors[0] instanceof Error) causes.push(cause.errors[0]);
    causes.push(cause);
  }
  return causes;
}

function isBeforeSending(error: Error): error is Error & { code: string } {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return false;
  return NOT_SENT.test(code) || (code === 'ETIMEDOUT' && syscall === 'connect');
}
