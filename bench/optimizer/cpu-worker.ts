/** A worker process that says what processor time it took: `cpu-worker.ts ADDRESS DATA bare|whole`. */
import { join } from 'node:path';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { PrepareCall, Prepared, ReconcileCall } from '../../src/domain/activities.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { plainLogger } from '../../workers/plain-logger.ts';
import { KgotPlugin } from '../../workers/plugin.ts';

const [address = '', data = '', what = 'whole'] = process.argv.slice(2);

interface RunActivities {
  'run.prepare': (call: PrepareCall) => Promise<Prepared>;
  'run.reconcile': (call: ReconcileCall) => Promise<unknown>;
}

/** Runs without plans: nothing is observed, and the loop does what it did before there were any. */
class BarePlugin extends KgotPlugin {
  override configureWorker(options: WorkerOptions): WorkerOptions {
    const configured = super.configureWorker(options);
    if (options.taskQueue !== QUEUES.runs) return configured;
    const activities = configured.activities as unknown as RunActivities;
    const bare: RunActivities = {
      'run.prepare': async (call) => {
        const { plan: _plan, ...prepared } = await activities['run.prepare'](call);
        return prepared;
      },
      'run.reconcile': ({ run }) => activities['run.reconcile']({ run }),
    };
    return { ...configured, activities: { ...activities, ...bare } };
  }
}

Runtime.install({
  logger: plainLogger('ERROR'),
  telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});
const connection = await NativeConnection.connect({ address });
const options = { artifactsDirectory: join(data, 'artifacts') };
const plugin = what === 'bare' ? new BarePlugin(options) : new KgotPlugin(options);
const workers = await Promise.all(
  Object.values(QUEUES).map((taskQueue) => Worker.create({ connection, taskQueue, plugins: [plugin] })),
);
void Promise.all(workers.map((worker) => worker.run())).then(() => process.exit(0));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1e6);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
