import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import { ROOT } from './command.ts';

const run = promisify(execFile);

export interface Service {
  image: string;
  build?: unknown;
  user?: string;
  command?: string[];
  environment: Record<string, string>;
  restart?: string;
  healthcheck?: { test: string[] };
  deploy: { resources: { limits: { cpus: string; memory: string } } };
  profiles?: string[];
  ports?: unknown[];
  volumes?: unknown[];
  cap_drop?: string[];
  security_opt?: string[];
  depends_on?: Record<string, { condition: string }>;
}

export const COMPOSE_FILE = join(ROOT, 'docker-compose.yml');

/** The services of the compose file, with these variables in the environment of whoever starts it. */
export function composeServices(variables: Record<string, string>): Record<string, Service> {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return filled(value, variables);
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one)]));
  };
  const { services } = parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true }) as { services: unknown };
  return fill(services) as Record<string, Service>;
}

/** `${NAME:-default}`, `${NAME:?message}` and `$$`, which are all that the file uses. */
function filled(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\$|\$\{(\w+):([-?])([^}]*)\}/g, (found, name: string, kind: string, rest: string) => {
    if (found === '$$') return '$';
    const value = variables[name];
    if (value) return value;
    if (kind === '-') return rest;
    throw new Error(`${name} is missing: ${rest}`);
  });
}

/** Whether Go is there to run the specification's own library. */
export async function hasGo(): Promise<boolean> {
  return run('go', ['version']).then(
    () => true,
    () => false,
  );
}

/** What the specification's own library makes of the compose file; it also parses the Dockerfile as BuildKit does. */
export async function checkedServices(variables: Record<string, string>): Promise<Record<string, Service>> {
  const binary = await composeCheck();
  const env = { PATH: process.env['PATH'], ...variables };
  const { stdout } = await run(binary, [COMPOSE_FILE, join(ROOT, 'Dockerfile')], { env });
  return (JSON.parse(stdout) as { services: Record<string, Service> }).services;
}

/** The checking program, built once a version of it. */
async function composeCheck(): Promise<string> {
  const source = join(ROOT, 'test', 'deploy', 'compose-check');
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(source, file)));
  const binary = join(cacheDirectory(), `compose-check-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(binary)) return binary;
  await mkdir(cacheDirectory(), { recursive: true });
  const made = `${binary}.${process.pid}`;
  await run('go', ['build', '-o', made, '.'], { cwd: source, maxBuffer: 2 ** 26 });
  await rename(made, binary);
  return binary;
}
