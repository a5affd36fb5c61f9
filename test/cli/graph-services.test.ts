import { statSync } from 'node:fs';
import neo4j from 'neo4j-driver';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { graphServers, readServices, servicesFile } from '../../src/config/services-state.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { haveJava } from '../support/java.ts';
import { portOf, takePort } from '../support/ports.ts';

interface Printed {
  services: object[];
}

/** No address is set, and there is no engine: the servers are processes. */
const PROCESSES = { NEO4J_URI: '', RDF4J_URL: '', DOCKER_HOST: 'unix:///nonexistent' };

beforeAll(haveJava, 600_000);

async function rowsOf(
  { url, user, password }: { url: string; user: string; password: string },
  query: string,
): Promise<object[]> {
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password));
  onTestFinished(() => driver.close());
  const { records } = await driver.executeQuery(query);
  return records.map((record) => record.toObject());
}

describe('kgot services', { timeout: 300_000 }, () => {
  it('starts both in the background, finds them again, mends what was killed, and ends them; data stays', async () => {
    const { path, data, kgot } = commandFolder();
    const services = async (...args: string[]): Promise<{ stdout: string; stderr: string; json: () => Printed }> => {
      const command = kgot(['services', ...args], PROCESSES);
      expect(await command.ended, command.stderr).toBe(0);
      return { ...command, json: () => JSON.parse(command.stdout) as Printed };
    };

    // Two at once: the second waits, and finds what the first has started.
    const [first, second] = await Promise.all([services('up'), services('up', '--json')]);
    const said = first.stdout + second.stderr;
    expect(said).toMatch(/Another command starts or ends servers|runs already/);
    expect(first.stderr + second.stderr).toContain(`Starting Neo4j at bolt://127.0.0.1:`);
    const { neo4j: recorded, rdf4j } = readServices(data);
    expect(second.json().services).toMatchObject([
      { name: 'neo4j', url: recorded!.url },
      { name: 'rdf4j', url: rdf4j!.url },
    ]);
    expect(statSync(servicesFile(data)).mode & 0o777).toBe(0o600);
    expect(first.stdout + second.stdout + first.stderr + second.stderr).not.toContain(recorded!.password);

    const found = graphServers(data, {});
    expect(found).toMatchObject({ neo4j: { origin: servicesFile(data) }, rdf4j: { origin: servicesFile(data) } });
    expect(await (await fetch(`${found.rdf4j!.url}/protocol`)).text()).toMatch(/^\d+$/);
    await rowsOf(found.neo4j!, "CREATE (:Country {name: 'Peru'})");
    await expect(rowsOf({ ...found.neo4j!, password: 'neo4j' }, 'RETURN 1')).rejects.toThrow(/unauthorized/i);
    await expect(rowsOf(found.neo4j!, `LOAD CSV FROM 'http://127.0.0.1:1/' AS row RETURN row`)).rejects.toThrow(
      /blocked|URL/i,
    );
    expect((await services('up', 'neo4j')).stdout).toContain(`Neo4j runs already at ${recorded!.url}`);

    // Killed: status notices, and up starts it at the same port with its data.
    process.kill(recorded!.pid!, 'SIGKILL');
    const lost = (await services('status', '--json')).json().services;
    expect(lost).toMatchObject([
      { name: 'neo4j', status: 'lost' },
      { name: 'rdf4j', status: 'running', pid: rdf4j!.pid },
    ]);
    expect(JSON.stringify(lost)).not.toContain(recorded!.password);
    expect((await services('up')).stderr).toContain('Neo4j has ended without being told to');
    expect(readServices(data).neo4j!.url).toBe(recorded!.url);
    expect(await rowsOf(graphServers(data, {}).neo4j!, 'MATCH (c:Country) RETURN c.name AS name')).toEqual([
      { name: 'Peru' },
    ]);

    // Addresses that are set are used and asked; nothing is started for them.
    const set = { NEO4J_URI: recorded!.url, NEO4J_PASSWORD: recorded!.password!, RDF4J_URL: rdf4j!.url };
    const other = kgot(['services', 'up', '--data', `${path}/other`, '--json'], set);
    expect(await other.ended, other.stderr).toBe(0);
    expect(JSON.parse(other.stdout).services).toMatchObject([{ how: 'environment' }, { how: 'environment' }]);
    const refused = kgot(['services', 'up', 'neo4j'], { ...set, NEO4J_PASSWORD: 'not-the-password' });
    expect(await refused.ended).toBe(1);
    expect(refused.stderr).toContain('refuses to let us in: set NEO4J_USERNAME and NEO4J_PASSWORD');

    expect((await services('down')).stdout).toContain('Neo4j and RDF4J ended');
    expect(processesOf(path)).toEqual([]);
    expect(readServices(data)).toEqual({});
    expect((await services('down')).stdout).toContain('Nothing of them runs here.');

    // A port that another process has by now is not insisted on.
    await takePort(portOf(rdf4j!.url.replace('/rdf4j-server', '')));
    const elsewhere = await services('up', 'rdf4j');
    expect(elsewhere.stderr).toMatch(/RDF4J had port \d+, which is in use by another process: it gets \d+\./);

    // Ctrl-C leaves nothing half-started, and what ran goes on.
    const interrupted = kgot(['services', 'up'], PROCESSES);
    await interrupted.until('Starting Neo4j');
    interrupted.child.kill('SIGINT');
    expect(await interrupted.ended).toBe(130);
    expect((await services('status', '--json')).json().services).toMatchObject([
      { name: 'neo4j', status: 'down' },
      { name: 'rdf4j', status: 'running' },
    ]);
    await services('down');
    expect(processesOf(path)).toEqual([]);
  });

  it('says which services there are, and what is missing', async () => {
    const { kgot } = commandFolder();
    const unknown = kgot(['services', 'up', 'postgres'], PROCESSES);
    const without = kgot(['services', 'up'], { ...PROCESSES, PATH: temporaryFolder(), JAVA_HOME: '' });
    const nowhere = kgot(['services', 'up', 'rdf4j'], { RDF4J_URL: 'http://127.0.0.1:1/rdf4j-server' });
    const wrong = kgot(['services', 'status'], { NEO4J_URI: 'http://127.0.0.1:7474' });
    expect(await unknown.ended).toBe(2);
    expect(unknown.stderr).toContain('There is no service "postgres": give neo4j or rdf4j, or none for both.');
    expect(await without.ended).toBe(1);
    expect(without.stderr).toMatch(/There is no Java on PATH that runs: install it \(.*NEO4J_URI and RDF4J_URL\./);
    expect(await nowhere.ended).toBe(1);
    expect(nowhere.stderr).toContain('RDF4J does not answer at http://127.0.0.1:1/rdf4j-server (RDF4J_URL)');
    expect(await wrong.ended).toBe(2);
    expect(wrong.stderr).toContain('give an address like bolt://127.0.0.1:7687');
  });
});
