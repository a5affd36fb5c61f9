import { createInterface } from 'node:readline/promises';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { artifactsDirectory, dataDirectory } from '../src/config/paths.ts';
import { readSetting } from '../src/config/read-setting.ts';
import { graphServers } from '../src/config/services-state.ts';
import type { Graph } from '../src/domain/graph.ts';
import { displayName } from '../src/domain/graph.ts';
import { nearNames } from '../src/domain/search-facts.ts';
import type { GraphStore } from '../src/graph/graph-store.ts';
import { UserError } from './errors.ts';
import type { GlobalOptions } from './options.ts';
import { Session } from './session.ts';
import { defangLinks } from './show/links.ts';

/** What the commands work on: the batches, and the back end that holds the graph beside them. */
export async function withKnowledge(
  options: GlobalOptions,
  work: (session: Session, store: GraphStore, artifacts: ArtifactStore) => Promise<void>,
): Promise<void> {
  await Session.run(options, { worker: false }, async (session) => {
    const data = dataDirectory(options.data);
    const artifacts = openDirectoryStore(artifactsDirectory(data));
    // Drivers of all back ends: other commands need none of them.
    const { GraphStores } = await import('../src/graph/stores.ts');
    const stores = new GraphStores({ artifacts, servers: () => graphServers(data) });
    try {
      await work(session, stores.of(readSetting('knowledgeGraph')), artifacts);
    } finally {
      await stores.close();
    }
  });
}

/**
 * Asks the person at the terminal.
 *
 * @param otherwise what to give where there is none
 * @throws {UserError} where there is none
 */
export async function isMeant(session: Session, what: string, otherwise: string): Promise<boolean> {
  if (!session.interactive) {
    throw new UserError(`${what}? ${otherwise} where nobody can be asked.`, { exitCode: 2 });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(`${what}? [y]es or [n]o: `, { signal: session.signal }));
  } finally {
    lines.close();
  }
}

/** Says that a name is of none, or of several. */
export function wrongName(graph: Graph, name: string, keys: readonly string[]): UserError {
  const quoted = JSON.stringify(name);
  if (keys.length > 1) {
    const names = keys.map((key) => `${displayName(graph, key)} (${graph.nodes.get(key)!.labels.join(', ')})`);
    return new UserError(
      defangLinks(`${quoted} may be ${names.join(' or ')}: give a name that only one of them has.`, []),
    );
  }
  const near = nearNames(graph, name);
  const rest = near.length === 0 ? '"kgot knowledge search WORDS" finds what it holds' : `near it: ${near.join(', ')}`;
  return new UserError(defangLinks(`The knowledge graph holds nothing called ${quoted}; ${rest}.`, []));
}
