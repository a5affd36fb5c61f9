import { parseRetryAfter } from '../../domain/retry-after.ts';
import { ToolError } from '../tool-error.ts';

/** Milliseconds that a service may ask to wait: whoever asks for more is not asked again in this call. */
const LONGEST_WAIT = 60_000;

/** After these nothing was sent. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** What of a response says what went wrong. */
export interface FailedResponse {
  status: number;
  headers: { get(name: string): string | null };
}

/**
 * What a response's error status means: 408, 429 and 5xx may be tried again, others not. It was answered, so it costs nothing.
 *
 * @param message says who answered what
 */
export function statusError(
  { status, headers }: FailedResponse,
  message: string,
  { type, retryAfter = parseRetryAfter((name) => headers.get(name) ?? undefined, Date.now()) }: StatusErrorOptions = {},
): ToolError {
  if (status !== 408 && status !== 429 && status < 500) {
    return new ToolError(message, { type: type ?? 'RequestRefused', free: true });
  }
  const usual = status === 429 ? 'RateLimited' : 'ServerError';
  if (retryAfter !== undefined && retryAfter > LONGEST_WAIT) {
    const seconds = Math.ceil(retryAfter / 1000);
    return new ToolError(`${message} It asks to come back in ${seconds} seconds.`, { type: usual, free: true });
  }
  return new ToolError(message, {
    type: usual,
    retry: true,
    free: true,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

interface StatusErrorOptions {
  /** Of an error that is not tried again. */
  type?: string;
  /** Milliseconds. @default what the header Retry-After says */
  retryAfter?: number | undefined;
}

/**
 * What an error means that came instead of a response, or in the middle of one. One of ours is given as it is.
 *
 * @param who stands at the beginning of the message
 * @param clean takes out what must not be shown
 */
export function connectionError(error: unknown, who: string, clean = (text: string): string => text): ToolError {
  let code: string | undefined;
  let message = String(error);
  for (let cause = error, depth = 0; cause instanceof Error && depth < 6; cause = innerOf(cause), depth += 1) {
    if (ToolError.isInstance(cause)) return cause;
    message = cause.message || message;
    code = (cause as NodeJS.ErrnoException).code ?? code;
  }
  const detail = code === undefined || message.includes(code) ? message : `${code}: ${message}`;
  if (code === 'ENOTFOUND') {
    return new ToolError(`${who} cannot be reached: no host has that name.`, { type: 'HostNotFound', free: true });
  }
  if (code !== undefined && NOT_SENT.test(code)) {
    return new ToolError(`${who} cannot be reached (${clean(detail)}).`, {
      type: 'Unreachable',
      retry: true,
      free: true,
    });
  }
  return new ToolError(`${who} broke off, or sent what cannot be read (${clean(detail)}).`, {
    type: 'BrokenAnswer',
    retry: true,
  });
}

function innerOf(error: Error): unknown {
  return error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause;
}

export function timeoutError(who: string, milliseconds: number): ToolError {
  return new ToolError(`${who} did not answer within ${milliseconds / 1000} seconds.`, {
    type: 'Timeout',
    retry: true,
  });
}
