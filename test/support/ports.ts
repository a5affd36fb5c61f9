import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A port of this machine that something else listens at. */
export interface TakenPort {
  free(): Promise<void>;
}

/** Listens at a port, as soon as that can be, until it is freed or the test is finished. Call it inside a test. */
export async function takePort(port: number): Promise<TakenPort> {
  const server = createServer((connection) => connection.destroy());
  for (;;) {
    const listens = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (listens) break;
    server.removeAllListeners('listening');
  }
  const free = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  onTestFinished(free);
  return { free };
}

/** The port of an address or URL. */
export function portOf(address: string): number {
  return Number(/:(\d+)\/?$/.exec(address)![1]);
}
