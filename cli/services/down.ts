import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readServices, recordService } from '../../src/config/services-state.ts';
import type { ServiceName } from '../../src/config/services-state.ts';
import { composeDown } from './docker.ts';
import { endProcesses, lockServices, processesOf, PROGRAMS } from './home.ts';
import type { ServicesOptions } from './up.ts';

/**
 * Ends graph servers that were started for a data directory; their data stays.
 *
 * @returns those that ran
 */
export async function servicesDown({
  data,
  names,
  log,
  signal,
  env = process.env,
  volumes = false,
}: ServicesOptions & {
  /** Whether volumes of containers go, too. @default false */
  volumes?: boolean;
}): Promise<ServiceName[]> {
  if (!existsSync(join(data, 'services'))) return [];
  const lock = await lockServices(data, { log, signal });
  try {
    const before = readServices(data);
    const contained = names.filter((name) => before[name]?.how === 'docker');
    const running = names.filter((name) => processesOf(data, name).length > 0);
    for (const name of [...running, ...contained]) log(`Ending ${PROGRAMS[name].title} …`);
    await Promise.all(running.map((name) => endProcesses(data, name)));
    if (contained.length > 0) {
      const last = Object.entries(before).every(
        ([name, { how }]) => how !== 'docker' || contained.includes(name as ServiceName),
      );
      await composeDown(contained, { data, env, last, volumes });
    }
    for (const name of names) recordService(data, name, undefined);
    return [...running, ...contained];
  } finally {
    lock.release();
  }
}
