export { KgotPlugin } from './plugin.ts';
export type { KgotPluginOptions } from './plugin.ts';
export { runWorkers } from './run-workers.ts';
export type { RunningWorkers, RunWorkersOptions } from './run-workers.ts';
