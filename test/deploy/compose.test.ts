import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/command.ts';
import { checkedServices, COMPOSE_FILE, composeServices, hasGo } from '../support/compose.ts';

const VARIABLES = { POSTGRES_PASSWORD: 'a-password', KGOT_MODEL: 'openai:gpt-4o-mini', OPENAI_API_KEY: 'sk-hidden' };

const services = composeServices(VARIABLES);
const jobs = ['schema', 'namespace'];
const lasting = Object.keys(services).filter((name) => !jobs.includes(name) && services[name]!.profiles === undefined);
const ours = Object.keys(services).filter((name) => services[name]!.build !== undefined);

it.runIf(await hasGo())(
  'is what the specification’s own library accepts, and reads as we do here; BuildKit parses the Dockerfile',
  { timeout: 900_000 },
  async () => {
    const checked = await checkedServices(VARIABLES);
    expect(Object.keys(checked).sort()).toEqual(Object.keys(services).sort());
    for (const [name, { environment = {}, command, healthcheck, image }] of Object.entries(services)) {
      expect(checked[name]).toMatchObject({ image });
      expect(checked[name]!.environment ?? {}).toEqual(environment);
      expect(checked[name]!.command ?? undefined).toEqual(command);
      expect(checked[name]!.healthcheck?.test).toEqual(healthcheck?.test);
    }
    await expect(checkedServices({ KGOT_MODEL: 'x' })).rejects.toThrow(
      'required variable POSTGRES_PASSWORD is missing a value: set a password for the database',
    );
    await expect(checkedServices({ POSTGRES_PASSWORD: 'x' })).rejects.toThrow(
      'required variable KGOT_MODEL is missing',
    );
  },
);

it('has a database, a server, its set-up, a UI, and a worker of each kind', () => {
  expect(jobs.every((name) => name in services)).toBe(true);
  expect(lasting.sort()).toEqual([
    'postgresql',
    'temporal',
    'ui',
    'worker-compute',
    'worker-model',
    'worker-runs',
    'worker-tools',
  ]);
  const queues = ours.flatMap((name) => services[name]!.environment['KGOT_QUEUES']?.split(',') ?? []);
  expect(queues.sort()).toEqual(['kgot', 'kgot-compute', 'kgot-graph', 'kgot-model', 'kgot-tools']);
});

it('names a version of every image', () => {
  for (const { image } of Object.values(services)) expect(image).toMatch(/^[\w/-]+:\d+\.\d+(\.\d+)?(-\w+)?$/);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  for (const name of ours) expect(services[name]!.image).toBe(`kgot-temporal:${version}`);
});

it('has graph servers on demand, that need no variable when they are not wanted, and no worker but that of the graph knows', () => {
  const graph = Object.keys(services).filter((name) => services[name]!.profiles?.includes('graph'));
  expect(graph.sort()).toEqual(['neo4j', 'rdf4j']);
  for (const name of graph) {
    expect(services[name]).toMatchObject({ restart: 'unless-stopped', healthcheck: { test: expect.any(Array) } });
    expect(services[name]!.volumes).toHaveLength(1);
  }
  const told = composeServices({ ...VARIABLES, NEO4J_PASSWORD: 'of-the-graph' });
  const withPassword = Object.keys(told).filter((name) => JSON.stringify(told[name]).includes('of-the-graph'));
  expect(withPassword.sort()).toEqual(['kgot', 'neo4j', 'worker-runs']);
});

it('starts again what ends, checks the health of what lasts, and limits what each may use', () => {
  for (const name of lasting) {
    expect(services[name], name).toMatchObject({ restart: 'unless-stopped', healthcheck: { test: expect.any(Array) } });
  }
  for (const name of jobs) expect(services[name]).toMatchObject({ restart: 'on-failure' });
  for (const { deploy } of Object.values(services)) {
    expect(Number(deploy.resources.limits.cpus)).toBeGreaterThan(0);
    expect(deploy.resources.limits.memory).toMatch(/^\d+[MG]$/);
  }
});

it('gives nobody more than they need: no root, no new privileges, no capabilities, ports of this machine only', () => {
  for (const [name, service] of Object.entries(services)) {
    expect(service.user, name).toMatch(/^(postgres|tomcat|1000:1000)$/);
    expect(service.cap_drop, name).toEqual(['ALL']);
    expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  }
});

it('takes secrets from the environment, without a default, and gives keys only to who calls models', () => {
  const text = readFileSync(COMPOSE_FILE, 'utf8');
  for (const [, name, value] of text.matchAll(/^ +(\w*(?:PASSWORD|PWD|_KEYS?)): (.*)$/gm)) {
    expect(`${name}: ${value}`).toMatch(/: \$\{\w+:(-|\?[^}]+)\}$/);
  }
  expect(() => composeServices({ KGOT_MODEL: 'x' })).toThrow('POSTGRES_PASSWORD is missing');
  const withKey = Object.keys(services).filter((name) => JSON.stringify(services[name]).includes('sk-hidden'));
  expect(withKey.sort()).toEqual(['worker-model', 'worker-tools']);
  const withPassword = Object.keys(services).filter((name) => JSON.stringify(services[name]).includes('a-password'));
  expect(withPassword.sort()).toEqual(['postgresql', 'schema', 'temporal']);
});

it('waits for what each needs, and mounts what is there', () => {
  for (const { depends_on: needs = {}, volumes = [] } of Object.values(services)) {
    for (const [name, { condition }] of Object.entries(needs)) {
      expect(condition).toBe(jobs.includes(name) ? 'service_completed_successfully' : 'service_healthy');
    }
    for (const volume of volumes as string[]) {
      const [source] = volume.split(':') as [string];
      if (source.startsWith('.')) expect(existsSync(join(ROOT, source)), source).toBe(true);
    }
  }
  const files = Object.values(services).flatMap(({ command = [], environment }) => [
    ...command,
    ...Object.values(environment ?? {}),
  ]);
  const mounted = files.filter((word) => word.startsWith('/deploy/'));
  expect(mounted).toHaveLength(3);
  for (const file of mounted) expect(existsSync(join(ROOT, file)), file).toBe(true);
});

it('has an image on a pinned glibc base, of files that are there, without root', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8');
  expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim$/m);
  for (const [, words] of dockerfile.matchAll(/^COPY (?!--from)(.*)$/gm)) {
    for (const source of words!.split(' ').slice(0, -1)) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(ignored).toContain(`!${source}\n`);
    }
  }
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  expect(last).toMatch(/^USER node$/m);
  expect(last).toContain('ENTRYPOINT ["node", "/app/cli/main.js"]');
});
