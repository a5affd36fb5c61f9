import { NativeConnection, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import { readSetting } from '../src/config/read-setting.ts';
import { QUEUES } from '../src/domain/queues.ts';
import { encryptingDataConverter } from '../src/encryption/data-converter.ts';
import { toolConcurrency } from '../src/optimizer/worker/tool-concurrency.ts';
import type { Telemetry } from '../src/telemetry/telemetry.ts';
import { KgotPlugin } from './plugin.ts';
import type { KgotPluginOptions } from './plugin.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface RunWorkersOptions extends KgotPluginOptions {
  /** How to reach Temporal: the address, and TLS and API key where it needs them. */
  connection: NativeConnectionOptions;
  namespace: string;
  /** Task queues to serve, each with a worker of its own in this process. */
  queues: readonly string[];
  telemetry?: Telemetry;
  /** How payloads are written. @default encrypted, where KGOT_ENCRYPTION_KEYS is set */
  dataConverter?: WorkerOptions['dataConverter'];
}

export interface RunningWorkers {
  /** Resolves once every worker has stopped; rejects when one failed. */
  done: Promise<void>;
  /** Stops polling, gives calls in flight a second, and cancels what is left. */
  shutdown: () => void;
}

/** Serves `queues` in this process, tuned so that a dead worker is found and a cancel arrives within a second. */
export async function runWorkers(options: RunWorkersOptions): Promise<RunningWorkers> {
  const {
    connection: connectionOptions,
    namespace,
    queues,
    telemetry,
    dataConverter = encryptingDataConverter(),
    ...pluginOptions
  } = options;
  const connection = await NativeConnection.connect(connectionOptions);
  const plugin = new KgotPlugin(pluginOptions);
  const plugins = [...(telemetry === undefined ? [] : [telemetry.plugin]), plugin];
  try {
    const bundle = queues.includes(QUEUES.runs) ? await workflowBundle({ plugins, dataConverter }) : undefined;
    const workers = await Promise.all(
      queues.map((taskQueue) =>
        Worker.create({
          connection,
          namespace,
          taskQueue,
          dataConverter,
          plugins,
          ...(taskQueue === QUEUES.runs && bundle !== undefined ? { workflowBundle: bundle } : {}),
          stickyQueueScheduleToStartTimeout: '1s',
          maxHeartbeatThrottleInterval: '250ms',
          defaultHeartbeatThrottleInterval: '250ms',
          shutdownGraceTime: '1s',
          shutdownForceTime: '5s',
          ...limitsOf(taskQueue),
        }),
      ),
    );
    const running = workers.map((worker) => worker.run());
    const shutdown = (): void => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    const done = (async () => {
      try {
        await Promise.all(running);
      } finally {
        shutdown();
        await Promise.allSettled(running);
        await plugin.close();
        await connection.close();
        await telemetry?.close();
      }
    })();
    return { done, shutdown };
  } catch (error) {
    await plugin.close();
    await connection.close();
    throw error;
  }
}

/** What the settings say a queue may do: calls at once of this process, and calls a second of all workers together. */
function limitsOf(taskQueue: string): Partial<WorkerOptions> {
  const rate = readSetting('queueRates')?.[taskQueue];
  const others: readonly string[] = Object.values(QUEUES).filter((name) => name !== QUEUES.tools);
  return {
    ...(others.includes(taskQueue) ? {} : { maxConcurrentActivityTaskExecutions: toolConcurrency() }),
    ...(rate === undefined ? {} : { maxTaskQueueActivitiesPerSecond: rate }),
  };
}
