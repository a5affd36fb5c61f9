import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP proxy that can lose answers, and change them. */
export interface CuttingProxy {
  port: number;
  /** The next answer to a request that holds `text` is thrown away, and its connection cut. */
  cutAnswerTo(text: string): void;
  /** From now on, answers have `to` in the place of the first `from`, which is as long. */
  replaceInAnswers(from: string, to: string): void;
  /** How many answers were thrown away. */
  readonly cuts: number;
  close(): Promise<void>;
}

/**
 * Stands in front of a server at a port of this machine.
 *
 * @param how a connection ends that is cut: by a reset, as the system may do for a process that was killed, or in order
 */
export async function cuttingProxy(port: number, how: 'close' | 'reset' = 'close'): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let wanted: string | undefined;
  let cuts = 0;
  let replaced: { from: string; to: string } | undefined;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let loses = false;
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (data) => {
      if (wanted !== undefined && data.includes(wanted)) {
        wanted = undefined;
        loses = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (replaced !== undefined && data.includes(replaced.from)) data.write(replaced.to, data.indexOf(replaced.from));
      if (!loses) return void client.write(data);
      cuts += 1;
      if (how === 'reset') client.resetAndDestroy();
      else client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAnswerTo: (text) => (wanted = text),
    replaceInAnswers: (from, to) => (replaced = { from, to }),
    get cuts() {
      return cuts;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
