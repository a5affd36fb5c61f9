import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Workers in a test's own process log only what is wrong. */
Runtime.install({ logger: new DefaultLogger('WARN') });
