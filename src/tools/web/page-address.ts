import { isIP } from 'node:net';
import { ToolError } from '../tool-error.ts';
import { isPublicAddress } from './public-address.ts';

/** Thrown for an address that must not be fetched, wherever it came from: the model, a redirect, or a name server. */
export class AddressRefusedError extends ToolError {
  constructor(message: string) {
    super(message, { type: 'AddressRefused', free: true });
  }
}

/**
 * Reads an address that a page may be fetched from: http or https, no credentials, ports 80 and 443. Pages that answer
 * questions are on these; what listens on others was seldom meant for strangers. Numeric hosts are checked here, in
 * whatever spelling, as the URL parser turns each into the usual one; names when they are looked up.
 *
 * @param allowed `host:port` that may be reached in spite of that
 * @throws {AddressRefusedError} saying what is wrong
 */
export function pageAddress(text: string, allowed: ReadonlySet<string>, base?: URL): URL {
  const url = URL.parse(text.trim(), base?.href);
  if (url === null) throw new AddressRefusedError(`${shown(text)} is no address: give one as https://HOST/PATH.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AddressRefusedError(`${shown(text)} is refused: only http and https addresses can be fetched.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AddressRefusedError(`The address of ${url.host} is refused: it holds a name or password.`);
  }
  url.hash = '';
  if (allowed.has(hostAndPort(url))) return url;
  if (url.port !== '' && url.port !== '80' && url.port !== '443') {
    throw new AddressRefusedError(`${url.origin} is refused: only the ports 80 and 443 can be fetched from.`);
  }
  const host = unbracketed(url.hostname);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new AddressRefusedError(notPublic(url.hostname));
  return url;
}

/** `host:port` of an address, with the port also where the address leaves it out. */
export function hostAndPort({
  protocol,
  hostname,
  port,
}: {
  protocol: string;
  hostname: string;
  port: string;
}): string {
  const host = unbracketed(hostname);
  const usual = protocol === 'https:' ? '443' : '80';
  return `${host.includes(':') ? `[${host}]` : host}:${port || usual}`;
}

/** An IPv6 address as sockets take it. */
export function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

export function notPublic(host: string): string {
  return `${host} is refused: it is not on the public internet.`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
