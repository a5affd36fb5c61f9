import { hostname } from 'node:os';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { TemporalServer } from '../../src/config/temporal.ts';
import { UserError } from '../errors.ts';
import { connectTo } from '../runtime/connection.ts';

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** A poll lasts a minute at most: a worker that was not heard of for longer is gone. */
const SECONDS = 90;

/**
 * Makes sure that a worker of this host polls each of the queues, as the server sees it. For health checks.
 *
 * @throws {UserError} naming the queues that none polls
 */
export async function checkWorker(server: TemporalServer, queues: readonly string[]): Promise<void> {
  const { connection, close } = await connectTo(server);
  try {
    const polled = await Promise.all(queues.map((queue) => isPolled(connection, server.namespace, queue)));
    const left = queues.filter((_, index) => !polled[index]);
    if (left.length > 0) throw new UserError(`No worker of ${hostname()} polls ${left.join(', ')}.`);
  } finally {
    await close();
  }
}

async function isPolled({ workflowService }: Connection, namespace: string, name: string): Promise<boolean> {
  const taskQueue = { name };
  const { pollers } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue,
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
  });
  return pollers.some(({ identity, lastAccessTime }) => {
    const age = Date.now() / 1000 - Number(lastAccessTime?.seconds ?? 0);
    return identity?.endsWith(`@${hostname()}`) === true && age < SECONDS;
  });
}
