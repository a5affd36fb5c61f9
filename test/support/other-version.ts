import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import proto from '@temporalio/proto';
import { onTestFinished } from 'vitest';
import { forward } from './tls-proxy.ts';

const { GetSystemInfoResponse } = proto.temporal.api.workflowservice.v1;

/**
 * A Temporal server that says another version of itself: all else is forwarded. Call it inside a test.
 *
 * @returns its address
 */
export async function serverOfVersion(serverVersion: string, upstream: string): Promise<string> {
  const server = createServer();
  server.on('session', (incoming) => {
    const outgoing = connect(`http://${upstream}`);
    outgoing.on('error', () => incoming.destroy());
    incoming.on('error', () => undefined);
    incoming.on('close', () => outgoing.destroy());
    incoming.on('stream', (stream, headers) => {
      if (headers[':path']?.endsWith('/GetSystemInfo') !== true) return forward(stream, headers, outgoing);
      const message = GetSystemInfoResponse.encode({ serverVersion, capabilities: {} }).finish();
      const frame = Buffer.alloc(5 + message.length);
      frame.writeUInt32BE(message.length, 1);
      frame.set(message, 5);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(frame);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
