import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Workers in a test's own process log only what ends them. */
Runtime.install({ logger: new DefaultLogger('ERROR') });
