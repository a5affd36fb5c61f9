import { lookup as lookUp } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { Agent } from 'undici';
import { AddressRefusedError, hostAndPort, notPublic, unbracketed } from './page-address.ts';
import { isPublicAddress } from './public-address.ts';

/** All addresses of a name, as the system's resolver gives them. */
export type ResolveHost = (hostname: string) => Promise<LookupAddress[]>;

export interface GuardOptions {
  /** `host:port` that may be reached whatever its address is. */
  allowed: ReadonlySet<string>;
  /** @default the system's resolver */
  resolve?: ResolveHost;
  /** @default {@link isPublicAddress} */
  isPublic?: (address: string) => boolean;
}

const CONNECT_MILLISECONDS = 10_000;

const resolveHost: ResolveHost = (hostname) => lookUp(hostname, { all: true });

/**
 * An agent that connects to public addresses only. A name is looked up once, all its addresses must be public, and the
 * connection is made to one of these very addresses: a name server that answers otherwise the next time is not asked.
 */
export async function guardedAgent({
  allowed,
  resolve = resolveHost,
  isPublic = isPublicAddress,
}: GuardOptions): Promise<Agent> {
  const { Agent, buildConnector } = await import('undici');
  const connectAnywhere = buildConnector({ timeout: CONNECT_MILLISECONDS });
  const connectPublicly = buildConnector({ timeout: CONNECT_MILLISECONDS, lookup: guardedLookup(resolve, isPublic) });
  return new Agent({
    connect(options, callback) {
      if (allowed.has(hostAndPort(options))) return connectAnywhere(options, callback);
      const host = unbracketed(options.hostname);
      // A numeric host is never looked up.
      if (isIP(host) !== 0 && !isPublic(host)) return callback(new AddressRefusedError(notPublic(host)), null);
      connectPublicly(options, (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        if (isPublic(socket.remoteAddress ?? '')) return callback(null, socket);
        socket.destroy();
        callback(new AddressRefusedError(notPublic(host)), null);
      });
    },
  });
}

/** Gives only public addresses, and none at all for a name that has others besides. */
function guardedLookup(resolve: ResolveHost, isPublic: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const refused = addresses.find(({ address }) => !isPublic(address));
        const [first] = addresses;
        if (refused !== undefined || first === undefined) {
          return callback(new AddressRefusedError(notPublic(hostname)), []);
        }
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, []),
    );
  };
}
