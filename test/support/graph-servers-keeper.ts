/** Ends the graph servers of a test run once its input closes: `node graph-servers-keeper.ts DATA`. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { SERVICE_NAMES } from '../../src/config/services-state.ts';
import { servicesDown } from '../../cli/services/down.ts';
import { processesOf } from './command.ts';

const [data] = process.argv.slice(2) as [string];

process.stdin.resume();
await once(process.stdin, 'close');
const { signal } = new AbortController();
await servicesDown({ data, names: SERVICE_NAMES, log: () => undefined, signal, volumes: true });
// Servers of a test's own that it had no time to end.
for (const pid of processesOf(data)) process.kill(pid, 'SIGKILL');
rmSync(data, { recursive: true, force: true });
