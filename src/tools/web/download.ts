import { ToolError } from '../tool-error.ts';
import { guardedAgent } from './guarded-agent.ts';
import type { GuardOptions } from './guarded-agent.ts';
import { connectionError, statusError, timeoutError } from './http-errors.ts';
import { AddressRefusedError, pageAddress } from './page-address.ts';
import { readBody } from './read-body.ts';

/** What was found at an address. */
export interface Download {
  /** The address after all redirects. */
  url: URL;
  /** The header `content-type`; empty when there was none. */
  contentType: string;
  bytes: Buffer;
}

export interface DownloadOptions extends GuardOptions {
  userAgent: string;
  signal: AbortSignal;
  /** For all of it, redirects and content included. @default 30_000 */
  milliseconds?: number;
  /** @default 3_000_000 */
  bytes?: number;
  /** @default 5 */
  redirects?: number;
  /** Throws for a content type that is of no use, before any content is read. */
  checkType?: (contentType: string, url: URL) => void;
}

const ACCEPT = 'text/html,application/xhtml+xml,text/plain;q=0.9,application/json;q=0.9,*/*;q=0.5';

/**
 * Fetches an address of the public internet: with no cookies, no credentials, and nothing that is kept for the next one.
 * Each redirect is checked like the address itself.
 *
 * @throws {ToolError} saying what was wrong, and whether it is worth another attempt
 */
export async function download(address: string, options: DownloadOptions): Promise<Download> {
  const { allowed, signal, milliseconds = 30_000, redirects = 5 } = options;
  const timeout = AbortSignal.timeout(milliseconds);
  const url = pageAddress(address, allowed);
  const agent = await guardedAgent(options);
  try {
    return await follow(url, { ...options, agent, signal: AbortSignal.any([signal, timeout]) }, redirects);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw timeoutError(url.host, milliseconds);
    throw connectionError(error, url.host);
  } finally {
    await agent.destroy();
  }
}

type Following = DownloadOptions & { agent: Awaited<ReturnType<typeof guardedAgent>> };

async function follow(url: URL, options: Following, redirects: number): Promise<Download> {
  const { agent, allowed, signal, userAgent, bytes: limit = 3_000_000, checkType } = options;
  const { fetch } = await import('undici');
  const response = await fetch(url, {
    dispatcher: agent,
    redirect: 'manual',
    headers: { 'user-agent': userAgent, accept: ACCEPT },
    signal,
  });
  const location = response.headers.get('location');
  if (response.status >= 300 && response.status < 400 && location !== null) {
    await response.body?.cancel();
    if (redirects === 0) {
      throw new ToolError(`${url.host} redirects too often.`, { type: 'RequestRefused', free: true });
    }
    return follow(redirectAddress(location, url, allowed), options, redirects - 1);
  }
  if (!response.ok) throw statusError(response, `${url.host} answered with status ${response.status}.`);
  const contentType = response.headers.get('content-type') ?? '';
  checkType?.(contentType, url);
  return { url, contentType, bytes: await readBody(response, limit, `The page of ${url.host}`) };
}

function redirectAddress(location: string, from: URL, allowed: ReadonlySet<string>): URL {
  try {
    return pageAddress(location, allowed, from);
  } catch (error) {
    if (!(error instanceof AddressRefusedError)) throw error;
    throw new AddressRefusedError(`${from.host} redirects to an address that is refused: ${error.message}`);
  }
}
