import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TemporalServer } from './temporal.ts';

/** Why a server cannot be reached. */
export interface Diagnosis {
  /** The end of a sentence: what was found, and what would help. */
  reason: string;
  /** Whether waiting is of no use. */
  final: boolean;
}

const SECONDS = 5;

/** What a client of HTTP/2 says first, with empty settings: a server of gRPC answers with its own. */
const GREETING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * Finds out why a server cannot be reached, by saying hello to it as its client would: a client of gRPC tells no more than
 * that it was not in time.
 *
 * @returns undefined when it answers
 */
export async function diagnose({ address, tls }: TemporalServer['connection']): Promise<Diagnosis | undefined> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (!tls) return hello(connectPlain({ host, port: Number(port) }), (error) => plainReason(error, host));
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls === true ? {} : tls;
  let socket: Socket;
  try {
    socket = connectTls({
      host,
      port: Number(port),
      ALPNProtocols: ['h2'],
      ...(serverNameOverride === undefined ? {} : { servername: serverNameOverride }),
      ...(serverRootCACertificate === undefined ? {} : { ca: Buffer.from(serverRootCACertificate) }),
      ...(clientCertPair === undefined
        ? {}
        : { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
    });
  } catch (error) {
    const reason = `the certificates cannot be read (${messageOf(error)}): they must be PEM, and the key must fit its certificate`;
    return { reason, final: true };
  }
  return hello(socket, (error) => tlsReason(error, host, clientCertPair !== undefined));
}

/** Waits for the server's first word. */
function hello(socket: Socket, reasonOf: (error: NodeJS.ErrnoException) => Diagnosis): Promise<Diagnosis | undefined> {
  return new Promise((resolve) => {
    const end = (diagnosis?: Diagnosis): void => {
      resolve(diagnosis);
      socket.destroy();
    };
    socket.setTimeout(SECONDS * 1000, () => end(reasonOf(problem('ETIMEDOUT'))));
    socket.on('error', (error) => end(reasonOf(error)));
    socket.on('end', () => end(reasonOf(problem('ECONNRESET'))));
    // An alert of TLS begins with 21, a frame of settings with its length.
    socket.once('data', (data) => end(data[0] === 21 ? reasonOf(problem('ALERT')) : undefined));
    socket.write(GREETING);
  });
}

function problem(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

function plainReason({ code, message }: NodeJS.ErrnoException, host: string): Diagnosis {
  if (code === 'ALERT' || code === 'ECONNRESET') {
    const reason =
      'what listens there hangs up, as servers with TLS do: set TEMPORAL_TLS=true, or another TEMPORAL_ADDRESS';
    return { reason, final: code === 'ALERT' };
  }
  return unreached(code, message, host);
}

function tlsReason({ code = '', message }: NodeJS.ErrnoException, host: string, withClient: boolean): Diagnosis {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const reason = `its certificate is for other names (${message.replace(/^.*cert's altnames: /, '')}): set TEMPORAL_TLS_SERVER_NAME to a name that it has, or another TEMPORAL_ADDRESS`;
    return { reason, final: true };
  }
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(code)) {
    return { reason: `its certificate is not valid today (${code}): it needs a new one`, final: true };
  }
  if (/SELF_SIGNED|ISSUER|LEAF_SIGNATURE|CERT_SIGNATURE|CERT_CHAIN|CERT_UNTRUSTED|INVALID_CA/.test(code)) {
    const reason = `its certificate is signed by no authority that is trusted here (${code}): name its authority with TEMPORAL_TLS_SERVER_CA_CERT_PATH`;
    return { reason, final: true };
  }
  if (/wrong version number|packet length|http request/.test(message)) {
    return {
      reason:
        'what listens there speaks no TLS: leave the settings of TLS and the API key out, or set TEMPORAL_TLS=false',
      final: true,
    };
  }
  if (/ALERT/.test(code) || code === 'ECONNRESET') {
    const certificate = withClient
      ? 'it refuses the client’s certificate: is it signed by the authority that the server trusts?'
      : 'it wants a certificate of the client: set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';
    return { reason: `${certificate} (${code})`, final: /ALERT/.test(code) };
  }
  return unreached(code, message, host);
}

function unreached(code: string | undefined, message: string, host: string): Diagnosis {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there: is the server running, and TEMPORAL_ADDRESS right?',
    ENOTFOUND: `there is no host ${host}: is TEMPORAL_ADDRESS right?`,
    EAI_AGAIN: `the name ${host} cannot be looked up: is TEMPORAL_ADDRESS right?`,
    ETIMEDOUT: `nothing answered within ${SECONDS} seconds: is the server running, and TEMPORAL_ADDRESS right?`,
  };
  const reason = reasons[code ?? ''] ?? `${message}: is the server running, and TEMPORAL_ADDRESS right?`;
  return { reason, final: false };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
