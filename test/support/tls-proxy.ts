import { connect, constants, createSecureServer } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { SecureServerOptions } from 'node:http2';

/** A server of gRPC behind TLS, as a cloud has it. */
export interface TlsProxy {
  address: string;
  /** Namespaces that were asked for, as the header of each call names them. */
  calls: { path: string; namespace: string | undefined; authorization: string | undefined }[];
  close(): Promise<void>;
}

export interface TlsProxyOptions extends SecureServerOptions {
  /** Host and port of the server without TLS. */
  upstream: string;
  /** Calls with another key are refused. */
  apiKey?: string;
}

/** Ends TLS in front of a Temporal server, and looks at the API key of each call. */
export async function tlsProxy({ upstream, apiKey, ...tls }: TlsProxyOptions): Promise<TlsProxy> {
  const server = createSecureServer(tls);
  const calls: TlsProxy['calls'] = [];
  const sessions = new Set<ClientHttp2Session>();
  server.on('session', (incoming) => {
    const outgoing = connect(`http://${upstream}`);
    sessions.add(outgoing);
    outgoing.on('error', () => incoming.destroy());
    incoming.on('error', () => undefined);
    incoming.on('close', () => {
      sessions.delete(outgoing);
      outgoing.destroy();
    });
    incoming.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const { authorization, 'temporal-namespace': namespace } = headers;
      calls.push({ path: headers[':path']!, namespace: namespace as string | undefined, authorization });
      if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) return refuse(stream);
      forward(stream, headers, outgoing);
    });
  });
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: async () => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As gRPC says "unauthenticated". */
function refuse(stream: ServerHttp2Stream): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': '16',
      'grpc-message': 'Request unauthorized.',
    },
    { endStream: true },
  );
}

export function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, outgoing: ClientHttp2Session): void {
  const request = outgoing.request({ ...headers, ':scheme': 'http' });
  let trailers: IncomingHttpHeaders = {};
  request.on('response', (response, flags) => {
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (!stream.destroyed) stream.respond(response, { endStream, waitForTrailers: !endStream });
  });
  request.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  for (const [one, other] of [
    [stream, request],
    [request, stream],
  ] as const) {
    one.on('error', () => other.close());
    one.on('aborted', () => other.close(constants.NGHTTP2_CANCEL));
    one.pipe(other);
  }
}
