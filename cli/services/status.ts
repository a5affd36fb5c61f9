import { configuredServers, readServices } from '../../src/config/services-state.ts';
import type { ServiceName, ServiceRecord } from '../../src/config/services-state.ts';
import { homeOf, processesOf, PROGRAMS } from './home.ts';
import type { Answer } from './server-program.ts';

/** How a graph server is, without its password. */
export interface ServiceStatus {
  name: ServiceName;
  /** `lost`: it was started, and has ended without being told to. */
  status: 'running' | 'starting' | 'refuses' | 'silent' | 'lost' | 'down';
  how?: 'environment' | ServiceRecord['how'];
  url?: string;
  user?: string;
  pid?: number;
  startedAt?: string;
  /** Where its data and its log are. */
  home?: string;
}

/** How the graph servers of a data directory are; nothing is started or changed. */
export function servicesStatus(
  data: string,
  names: readonly ServiceName[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ServiceStatus[]> {
  const configured = configuredServers(env);
  const records = readServices(data);
  return Promise.all(
    names.map(async (name): Promise<ServiceStatus> => {
      const { answer } = PROGRAMS[name];
      const server = configured[name];
      if (server !== undefined) {
        const { url, user } = server;
        const status = STATUS[await answer(server)];
        return { name, status, how: 'environment', url, ...(user !== undefined && { user }) };
      }
      const record = records[name];
      if (record === undefined) return { name, status: 'down' };
      const { password: _password, status: recorded, ...shown } = record;
      const home = record.how === 'maven' ? { home: homeOf(data, name) } : {};
      const lives = record.pid === undefined || processesOf(data, name, [record.pid]).length > 0;
      const status = !lives ? 'lost' : recorded === 'starting' ? 'starting' : STATUS[await answer(record)];
      return { name, status, ...shown, ...home };
    }),
  );
}

const STATUS: Record<Answer, ServiceStatus['status']> = { answers: 'running', refuses: 'refuses', silent: 'silent' };
