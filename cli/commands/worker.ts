import { Runtime as SdkRuntime } from '@temporalio/worker';
import { artifactsDirectory, dataDirectory, userPath } from '../../src/config/paths.ts';
import { readServerState } from '../../src/config/server-state.ts';
import { temporalServer } from '../../src/config/temporal.ts';
import type { TemporalServer } from '../../src/config/temporal.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { loadJobs } from '../../src/jobs/load-jobs.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { loadTools } from '../../src/tools/load-tools.ts';
import { plainLogger } from '../../workers/plain-logger.ts';
import { runWorkers } from '../../workers/run-workers.ts';
import { endOnUncaughtError, surviveErrors } from '../../workers/survive-errors.ts';
import { startWatchdog } from '../../workers/watchdog.ts';
import { UserError } from '../errors.ts';
import { toolFilesOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { connectTo } from '../runtime/connection.ts';
import { refuseOldServer } from '../runtime/server-version.ts';
import { checkWorker } from './worker-check.ts';

export type WorkerOptions = GlobalOptions & { queue?: string[]; tools?: string[]; jobs?: string[]; check?: boolean };

/** Serves task queues in this process until Ctrl-C: all of a run's, or those that are named. */
export async function worker(options: WorkerOptions): Promise<void> {
  endOnUncaughtError();
  const data = dataDirectory(options.data);
  const server = temporalServer() ?? serverOf(data);
  const queues = options.queue ?? Object.values(QUEUES);
  const tools = (await Promise.all(toolFilesOf(options).map((file) => loadTools(file)))).flat();
  const jobs = (await Promise.all((options.jobs ?? []).map((file) => loadJobs(userPath(file))))).flat();
  if (options.check === true) return checkWorker(server, queues);
  await refuseUnfit(server);
  SdkRuntime.install({ shutdownSignals: [], logger: plainLogger('WARN') });
  const running = await runWorkers({
    ...server,
    queues,
    tools,
    jobs,
    artifactsDirectory: artifactsDirectory(data),
    telemetry: await startTelemetry('kgot-worker'),
  });
  process.stderr.write(
    `Serving ${queues.join(', ')} of ${server.connection.address}, data in ${data}. Ctrl-C ends it.\n`,
  );
  process.once('SIGINT', running.shutdown);
  process.once('SIGTERM', running.shutdown);
  surviveErrors();
  startWatchdog();
  await running.done;
}

/** A worker's own connection does not say what is wrong. */
async function refuseUnfit(server: TemporalServer): Promise<void> {
  const { connection, close } = await connectTo(server);
  try {
    await refuseOldServer(connection, server.connection.address);
  } finally {
    await close();
  }
}

/** The server of the process that owns the data directory. */
function serverOf(data: string): TemporalServer {
  const { address, namespace } = readServerState(data) ?? {};
  if (address !== undefined && namespace !== undefined) return { connection: { address }, namespace };
  throw new UserError(
    `There is no server for ${data}: start one with "kgot up", or set TEMPORAL_ADDRESS to one that runs.`,
    { exitCode: 2 },
  );
}
