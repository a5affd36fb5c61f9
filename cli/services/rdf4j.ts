import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SMALL, startJavaServer } from './java-server.ts';
import { makeDirectory } from '../../src/config/make-directory.ts';
import type { Access, Answer, ServerProgram, StartOptions } from './server-program.ts';

const JETTY = fileURLToPath(new URL('./rdf4j/jetty.xml', import.meta.url));

/** RDF4J's server, on Jetty, as a process of this machine. Everything of it is in its home. */
export const RDF4J: ServerProgram = {
  title: 'RDF4J',
  package: {
    name: 'rdf4j-4.1.3',
    title: 'RDF4J 4.1',
    size: '60 MB',
    pom: new URL('./rdf4j/pom.xml', import.meta.url),
  },
  urlAt: (port) => `http://127.0.0.1:${port}/rdf4j-server`,
  mark: (home) => `-Dorg.eclipse.rdf4j.appdata.basedir=${join(home, 'data')}`,
  start: startRdf4jProcess,
  answer: answerOfRdf4j,
};

async function startRdf4jProcess(options: StartOptions): Promise<number> {
  const { folder, home, java, port, signal, onSpawn } = options;
  makeDirectory(join(home, 'data'));
  const url = RDF4J.urlAt(port);
  return startJavaServer({
    title: RDF4J.title,
    java,
    args: [
      '-Xmx512m',
      ...SMALL,
      ...[RDF4J.mark(home), `-Dkgot.port=${port}`, `-Dkgot.webapp=${join(folder, 'webapp')}`],
      ...['-cp', join(folder, 'lib', '*'), 'org.eclipse.jetty.xml.XmlConfiguration', JETTY],
    ],
    logFile: join(home, 'server.log'),
    isReady: async () => (await answerOfRdf4j({ url })) === 'answers',
    signal,
    onSpawn,
  });
}

const WAIT_MILLISECONDS = 3_000;

async function answerOfRdf4j({ url, user, password }: Access): Promise<Answer> {
  const basic = Buffer.from(`${user}:${password ?? ''}`).toString('base64');
  const headers: Record<string, string> = user === undefined ? {} : { authorization: `Basic ${basic}` };
  try {
    const signal = AbortSignal.timeout(WAIT_MILLISECONDS);
    const response = await fetch(`${url}/protocol`, { headers, signal });
    const protocol = await response.text();
    if (response.ok && /^\d+$/.test(protocol.trim())) return 'answers';
    return response.status === 401 || response.status === 403 ? 'refuses' : 'silent';
  } catch {
    return 'silent';
  }
}
