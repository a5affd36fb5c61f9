import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, Runtime as SdkRuntime } from '@temporalio/worker';
import { artifactsDirectory, dataDirectory } from '../../src/config/paths.ts';
import { readServerState } from '../../src/config/server-state.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { loadTools } from '../../src/tools/load-tools.ts';
import { runWorkers } from '../../workers/run-workers.ts';
import { surviveErrors } from '../../workers/survive-errors.ts';
import { startWatchdog } from '../../workers/watchdog.ts';
import { UserError } from '../errors.ts';
import { toolFilesOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';

export type WorkerOptions = GlobalOptions & { queue?: string[]; tools?: string[] };

/** Serves task queues in this process until Ctrl-C: all of a run's, or those that are named. */
export async function worker(options: WorkerOptions): Promise<void> {
  const data = dataDirectory(options.data);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const state = readServerState(data);
  const connection = connectionOptions.address === undefined ? { address: state?.address } : connectionOptions;
  if (connection.address === undefined) {
    throw new UserError(
      `There is no server for ${data}: start one with "kgot up", or set TEMPORAL_ADDRESS to one that runs.`,
      { exitCode: 2 },
    );
  }
  const queues = options.queue ?? Object.values(QUEUES);
  const tools = (await Promise.all(toolFilesOf(options).map((file) => loadTools(file)))).flat();
  SdkRuntime.install({ shutdownSignals: [], logger: new DefaultLogger('WARN') });
  const running = await runWorkers({
    connection,
    namespace,
    queues,
    tools,
    artifactsDirectory: artifactsDirectory(data),
    telemetry: startTelemetry('kgot-worker'),
  });
  process.stderr.write(`Serving ${queues.join(', ')} of ${connection.address}, data in ${data}. Ctrl-C ends it.\n`);
  process.once('SIGINT', running.shutdown);
  process.once('SIGTERM', running.shutdown);
  surviveErrors();
  startWatchdog();
  await running.done;
}
