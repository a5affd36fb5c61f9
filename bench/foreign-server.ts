import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answers } from '../cli/runtime/embedded-server.ts';
import { findTemporal } from '../cli/runtime/temporal-binary.ts';

/**
 * A server that somebody else runs: in memory, untuned, without kgot's search attributes.
 *
 * @param given the port. @default any free one
 */
export async function startForeignServer(
  flags: readonly string[] = [],
  given?: number,
): Promise<{ address: string; close(): Promise<void> }> {
  const binary = await findTemporal(() => undefined);
  const port = given ?? (await freePort());
  const child = spawn(
    binary,
    [
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
      ...flags,
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address = `127.0.0.1:${port}`;
  while (!(await answers(address))) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}.`);
    await delay(50);
  }
  return {
    address,
    close: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
