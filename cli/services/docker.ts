import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServiceName } from '../../src/config/services-state.ts';
import { messageOf, UserError } from '../errors.ts';

const run = promisify(execFile);

const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));

const LOOK_MILLISECONDS = 5_000;

/** Whether a Docker engine answers, and has Compose: a client alone does not run anything. */
export async function hasDocker(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  if (!existsSync(COMPOSE_FILE)) return false;
  const options = { env, timeout: LOOK_MILLISECONDS, killSignal: 'SIGKILL' } as const;
  try {
    const { stdout } = await run('docker', ['info', '--format', '{{.ServerVersion}}'], options);
    if (!/^\d/.test(stdout.trim())) return false;
    await run('docker', ['compose', 'version'], options);
    return true;
  } catch {
    return false;
  }
}

export interface ComposeOptions {
  /** Each has containers and volumes of its own. */
  data: string;
  env: NodeJS.ProcessEnv;
}

/** Starts services of the compose file, and waits until they are healthy. */
export async function composeUp(
  names: readonly ServiceName[],
  {
    data,
    env,
    ports,
    password,
    signal,
  }: ComposeOptions & { ports: Record<ServiceName, number>; password: string; signal: AbortSignal },
): Promise<void> {
  const variables = {
    NEO4J_PASSWORD: password,
    NEO4J_PORT: String(ports.neo4j),
    RDF4J_PORT: String(ports.rdf4j),
  };
  try {
    await compose(['up', '--detach', '--wait', ...names], { data, env: { ...env, ...variables }, signal });
  } catch (error) {
    signal.throwIfAborted();
    const { stderr } = error as { stderr?: string };
    const said = (stderr ?? messageOf(error)).trim().split('\n').slice(-8).join('\n');
    throw new UserError(`Docker Compose could not start ${names.join(' and ')}; the end of what it said:\n${said}`);
  }
}

/** Ends services of the compose file; what they keep stays in their volumes, unless `volumes` go, too. */
export async function composeDown(
  names: readonly ServiceName[],
  { data, env, last, volumes = false }: ComposeOptions & { last: boolean; volumes?: boolean },
): Promise<void> {
  await compose(['rm', '--stop', '--force', ...names], { data, env });
  if (last) await compose(['down', ...(volumes ? ['--volumes'] : [])], { data, env });
}

function compose(
  args: readonly string[],
  { data, env, signal }: ComposeOptions & { signal?: AbortSignal },
): Promise<unknown> {
  const project = `kgot-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`;
  // The file wants these for its other services.
  const others = { POSTGRES_PASSWORD: 'unused', KGOT_MODEL: 'unused' };
  return run('docker', ['compose', '--file', COMPOSE_FILE, '--project-name', project, '--profile', 'graph', ...args], {
    env: { ...env, ...others },
    maxBuffer: 2 ** 26,
    ...(signal !== undefined && { signal }),
  });
}
