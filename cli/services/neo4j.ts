import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from 'neo4j-driver';
import type { Package } from './install.ts';
import { SMALL, startJavaServer } from './java-server.ts';
import { makeDirectory } from '../../src/config/make-directory.ts';
import type { Access, Answer, ServerProgram, StartOptions } from './server-program.ts';

export const NEO4J_PACKAGE: Package = {
  name: 'neo4j-5.26.30',
  title: 'Neo4j 5.26',
  size: '123 MB',
  pom: new URL('./neo4j/pom.xml', import.meta.url),
};

/** The password of a server that has just been made. */
const FIRST_PASSWORD = 'neo4j';

/** Neo4j as a process of this machine. Everything of it is in its home. */
export const NEO4J: ServerProgram = {
  title: 'Neo4j',
  package: NEO4J_PACKAGE,
  user: 'neo4j',
  urlAt: (port) => `bolt://127.0.0.1:${port}`,
  mark: (home) => `--home-dir=${home}`,
  start: startNeo4jProcess,
  answer: answerOfNeo4j,
};

async function startNeo4jProcess(options: StartOptions): Promise<number> {
  const { folder, home, java, port, password, signal, onSpawn } = options;
  makeDirectory(join(home, 'conf'));
  writeFileSync(join(home, 'conf', 'neo4j.conf'), configuration(port));
  const jars = readdirSync(join(folder, 'lib'))
    .sort()
    .map((jar) => join(folder, 'lib', jar));
  const opened = ['java.base/java.nio', 'java.base/java.io', 'java.base/sun.nio.ch'];
  const access = { url: NEO4J.urlAt(port), user: 'neo4j', password: password! };
  return startJavaServer({
    title: NEO4J.title,
    java,
    args: [
      '-Xmx512m',
      ...SMALL,
      ...opened.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      ...['-cp', jars.join(':'), 'org.neo4j.server.CommunityEntryPoint'],
      ...[NEO4J.mark(home), `--config-dir=${join(home, 'conf')}`],
    ],
    logFile: join(home, 'server.log'),
    isReady: () => isOpenWith(access),
    signal,
    onSpawn,
  });
}

function configuration(port: number): string {
  return `# Written by kgot services at every start.
server.bolt.listen_address=127.0.0.1:${port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=128m
dbms.usage_report.enabled=false
# Queries read neither files nor addresses, with LOAD CSV as with anything else.
dbms.security.allow_csv_import_from_file_urls=false
internal.dbms.cypher_ip_blocklist=0.0.0.0/0,::/0
# Else an end takes ten seconds.
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
`;
}

/** Whether the server takes the password; one that is new is given it. */
async function isOpenWith(access: Access): Promise<boolean> {
  const answer = await answerOfNeo4j(access);
  if (answer !== 'refuses') return answer === 'answers';
  const driver = await connect({ ...access, password: FIRST_PASSWORD });
  const session = driver.session({ database: 'system' });
  try {
    const parameters = { first: FIRST_PASSWORD, password: access.password };
    await session.run('ALTER CURRENT USER SET PASSWORD FROM $first TO $password', parameters);
    return true;
  } catch {
    return false;
  } finally {
    await session.close();
    await driver.close();
  }
}

async function answerOfNeo4j(access: Access): Promise<Answer> {
  const driver = await connect(access);
  try {
    await driver.verifyConnectivity();
    return 'answers';
  } catch (error) {
    const { code } = error as { code?: string };
    return code?.startsWith('Neo.ClientError.Security') === true ? 'refuses' : 'silent';
  } finally {
    await driver.close();
  }
}

const WAIT_MILLISECONDS = 3_000;

/** The driver is loaded when it is needed: most commands do without. */
async function connect({ url, user = 'neo4j', password = '' }: Access): Promise<Driver> {
  const { default: neo4j } = await import('neo4j-driver');
  const wait = { connectionTimeout: WAIT_MILLISECONDS, connectionAcquisitionTimeout: WAIT_MILLISECONDS };
  return neo4j.driver(url, neo4j.auth.basic(user, password), { ...wait, telemetryDisabled: true });
}
