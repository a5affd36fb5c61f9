import { readSetting } from './read-setting.ts';

/** How parallel a worker's graph operations run; what is absent is the default of the back end. */
export function parallelSettings(env: NodeJS.ProcessEnv = process.env) {
  const batchSize = readSetting('graphBatchSize', env);
  return {
    maxParallelQueries: readSetting('graphParallelQueries', env),
    batchDelay: readSetting('graphBatchDelay', env),
    cacheSeconds: readSetting('graphCacheSeconds', env),
    ...(batchSize === undefined ? {} : { batchSize }),
  };
}
