import { readSetting } from '../../config/read-setting.ts';

/** Tool calls at once of a worker process on each of its tool queues. What waits does so there: a worker takes no more. */
export function toolConcurrency(env: NodeJS.ProcessEnv = process.env): number {
  return readSetting('toolConcurrency', env);
}
