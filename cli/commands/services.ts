import type { Command } from 'commander';
import { dataDirectory } from '../../src/config/paths.ts';
import { SERVICE_NAMES, servicesFile } from '../../src/config/services-state.ts';
import type { ServiceName } from '../../src/config/services-state.ts';
import { UserError } from '../errors.ts';
import type { GlobalOptions } from '../options.ts';
import { PROGRAMS } from '../services/home.ts';
import { servicesDown } from '../services/down.ts';
import { servicesStatus } from '../services/status.ts';
import type { ServiceStatus } from '../services/status.ts';
import { servicesUp } from '../services/up.ts';
import type { UsableServers } from '../services/up.ts';
import { Session } from '../session.ts';
import { table } from '../show/terminal.ts';

const HOW = { environment: 'named by the environment', maven: 'started here', docker: 'in a container' };

/** `add` makes a command below `services`, with the options of every command. */
export function addServicesCommands(add: (usage: string, description: string) => Command): void {
  add('up [names...]', 'start them, each in the background, unless it runs').action(
    (names: string[], options: GlobalOptions) => up(servicesOf(names), options),
  );
  add('down [names...]', 'end them; their data stays').action((names: string[], options: GlobalOptions) =>
    down(servicesOf(names), options),
  );
  add('status [names...]', 'say how they are').action((names: string[], options: GlobalOptions) =>
    status(servicesOf(names), options),
  );
}

/** @throws {UserError} that names those there are */
function servicesOf(names: readonly string[]): ServiceName[] {
  const unknown = names.find((name) => !SERVICE_NAMES.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UserError(
      `There is no service ${JSON.stringify(unknown)}: give ${SERVICE_NAMES.join(' or ')}, or none for both.`,
      {
        exitCode: 2,
      },
    );
  }
  return SERVICE_NAMES.filter((name) => names.length === 0 || names.includes(name));
}

function up(names: readonly ServiceName[], options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const data = dataDirectory(options.data);
    const servers = await servicesUp({ data, names, log: (line) => session.say(line), signal: session.signal });
    session.print({ services: servicesWithoutPasswords(servers) }, upText(servers, data));
  });
}

function upText(servers: UsableServers, data: string): string {
  const lines = (Object.keys(servers) as ServiceName[]).map((name) => {
    const { how, already, url } = servers[name]!;
    const runs = how === 'environment' ? 'answers' : already ? 'runs already' : 'is up';
    return `${PROGRAMS[name].title} ${runs} at ${url} (${HOW[how]}).`;
  });
  const ours = Object.values(servers).some(({ how }) => how !== 'environment');
  const rest = `Who may enter stands in ${servicesFile(data)}; commands with this data directory find it there. "kgot services down" ends what was started.`;
  return [...lines, ...(ours ? [rest] : [])].join('\n');
}

function servicesWithoutPasswords(servers: UsableServers): object[] {
  return Object.entries(servers).map(([name, { password: _password, ...shown }]) => ({ name, ...shown }));
}

function down(names: readonly ServiceName[], options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const data = dataDirectory(options.data);
    const ended = await servicesDown({ data, names, log: (line) => session.say(line), signal: session.signal });
    const titles = ended.map((name) => PROGRAMS[name].title).join(' and ');
    session.print(
      { ended },
      ended.length === 0 ? 'Nothing of them runs here.' : `${titles} ended; what they hold stays.`,
    );
  });
}

const STATUS: Record<ServiceStatus['status'], string> = {
  running: 'running',
  starting: 'starting',
  refuses: 'refuses user and password',
  silent: 'does not answer',
  lost: 'has ended without being told to: "kgot services up" starts it again',
  down: 'down',
};

function status(names: readonly ServiceName[], options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const services = await servicesStatus(dataDirectory(options.data), names);
    const lines = services.map(({ name, status, how, url, pid }) => [
      name,
      STATUS[status],
      how === undefined ? '' : HOW[how],
      url ?? '',
      pid === undefined || status === 'lost' ? '' : String(pid),
    ]);
    session.print({ services }, table(['SERVICE', 'STATUS', 'HOW', 'ADDRESS', 'PROCESS'], lines));
  });
}
