import type { ChildProcess } from 'node:child_process';
import { ApplicationFailure } from '@temporalio/common';
import { WORKER_DIED } from '../../src/domain/worker-died.ts';
import type { WorkerMessage } from '../../workers/worker-message.ts';
import type { ServedServer } from './worker-process.ts';

/**
 * Fails what a worker process was at when it died, so that Temporal gives it to another at once, and not when its heartbeats have
 * been missed. A token is of one attempt: what has been given to another already is left alone.
 */
export function failWhenDead(child: ChildProcess, server: Promise<ServedServer>): void {
  const tokens = new Set<string>();
  child.on('message', (message: WorkerMessage) => {
    if (message.type !== 'activity') return;
    for (const token of message.over) tokens.delete(token);
    tokens.add(message.began);
  });
  // After its last message, unlike `exit`.
  child.once('close', (code, signal) => {
    const failure = ApplicationFailure.create({
      type: WORKER_DIED,
      message: `its worker died (${signal ?? `exit code ${code}`})`,
    });
    const fail = async (token: string): Promise<void> => {
      const { client } = await server;
      await client.activity.fail(Buffer.from(token, 'base64'), failure);
    };
    // Where that cannot be told, its heartbeats are missed.
    for (const token of tokens) fail(token).catch(() => undefined);
  });
}
