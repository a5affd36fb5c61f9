/** The worker process: `node workers/main.ts --data DIR --queues Q,Q … [--tools FILE]…`. Whoever starts it tells it over Node's channel which server it serves. */
import { parseArgs } from 'node:util';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { join } from 'node:path';
import { onUnderWay } from '../activities/under-way.ts';
import { userPath } from '../src/config/paths.ts';
import { readSetting } from '../src/config/read-setting.ts';
import { isServerOf, readServerState } from '../src/config/server-state.ts';
import { temporalServer } from '../src/config/temporal.ts';
import { loadJobs } from '../src/jobs/load-jobs.ts';
import { startTelemetry } from '../src/telemetry/telemetry.ts';
import { loadTools } from '../src/tools/load-tools.ts';
import { plainLogger } from './plain-logger.ts';
import { runWorkers } from './run-workers.ts';
import type { RunWorkersOptions } from './run-workers.ts';
import { endOnUncaughtError, surviveErrors, surviveFullLog } from './survive-errors.ts';
import { startWatchdog } from './watchdog.ts';
import type { ServeMessage, WorkerMessage } from './worker-message.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    queues: { type: 'string' },
    /** Files whose tools are served on the tool queues among `queues`. */
    tools: { type: 'string', multiple: true, default: [] },
    /** End the data directory's server with this process when its owner was killed. */
    'end-server': { type: 'boolean', default: false },
  },
});

endOnUncaughtError();
Runtime.install({
  shutdownSignals: [],
  logger: plainLogger('WARN'),
  telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'WARN' }) } },
});

surviveFullLog();
onUnderWay((activity) => say({ type: 'activity', ...activity }));
const told = new Promise<ServeMessage>((resolve) => process.once('message', resolve));
const owner = process.ppid;
let shutdown = (): void => process.exit(0);
process.on('disconnect', onOwnerGone);
// The owner may have been killed before anybody listened.
if (process.send !== undefined && !process.connected) onOwnerGone();

const tools = (await Promise.all(values.tools.map((file) => loadTools(file)))).flat();
const jobs = (await Promise.all((readSetting('jobs') ?? []).map((file) => loadJobs(userPath(file))))).flat();
const running = await runWorkers({
  ...serverToServe(await told),
  queues: required('queues').split(','),
  artifactsDirectory: join(required('data'), 'artifacts'),
  tools,
  jobs,
  telemetry: await startTelemetry('kgot-worker'),
});
shutdown = running.shutdown;
process.on('SIGTERM', shutdown);
process.on('SIGINT', shutdown);
surviveErrors();
startWatchdog();
say({ type: 'ready' });
await running.done;
// Nothing is left to wait for; an idle handle of a library must not keep the process.
process.exit(0);

/** Tells who started this process, while that is there. */
function say(message: WorkerMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

/** The owner was killed: without it nobody would end the server, and without a server there is nothing to wait for. */
function onOwnerGone(): void {
  if (!values['end-server']) return shutdown();
  const data = required('data');
  const state = readServerState(data);
  const passedOn = state !== undefined && state.ownerPid !== owner && isAlive(state.ownerPid);
  if (!passedOn && isServerOf(data, state?.serverPid)) process.kill(state.serverPid, 'SIGTERM');
  process.exit(0);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

type Served = Pick<RunWorkersOptions, 'connection' | 'namespace'>;

function serverToServe({ at }: ServeMessage): Served {
  if (at !== undefined) {
    // The data directory's own server: what stays on this machine is not compressed.
    return { connection: { address: at.address, grpcCompression: { codec: 'none' } }, namespace: at.namespace };
  }
  const server = temporalServer();
  if (server === undefined)
    throw new Error('Neither who started this worker nor TEMPORAL_ADDRESS or a profile names a server');
  return server;
}

function required(flag: 'data' | 'queues'): string {
  const value = values[flag];
  if (value === undefined) throw new Error(`--${flag} is missing`);
  return value;
}
