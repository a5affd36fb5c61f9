import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { artifactsDirectory } from '../../src/config/paths.ts';
import { graphServers } from '../../src/config/services-state.ts';
import type { Change } from '../../src/domain/changes.ts';
import { KNOWLEDGE } from '../../src/domain/knowledge.ts';
import type { RunResult } from '../../src/domain/run.ts';
import { rememberRun } from '../../src/graph/knowledge.ts';
import { commandFolder } from '../support/command-folder.ts';
import { neo4jServer } from '../support/graph-servers.ts';
import { openStore } from '../support/graph-stores.ts';
import { graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';

const SOURCE = 'round 1: search_documents({"query":"Peru"})';
const PERU = [upsertNode('Country', 'Peru', { population: 34 }, SOURCE), upsertNode('Person', 'Ada Vega', {}, SOURCE)];
const LEADS = upsertEdge('Person:ada vega', 'LEADS', 'Country:peru', { source: SOURCE });
const LIMA = [
  upsertNode('Country', 'Peru', {}, SOURCE),
  upsertNode('City', 'Lima', { page: 'https://made-up.example/lima' }, SOURCE),
  upsertEdge('City:lima', 'CAPITAL_OF', 'Country:peru', { source: SOURCE }),
];

/** A folder whose knowledge graph holds what these runs found out. */
async function folderThatKnows(runs: Record<string, Change[]>) {
  const folder = commandFolder();
  const store = openStore('embedded', openDirectoryStore(artifactsDirectory(folder.data)));
  for (const [run, changes] of Object.entries(runs)) await rememberRun(store, run, graphOf(changes));
  await store.close();
  const knowledge = async (...args: string[]) => {
    const command = folder.kgot(['knowledge', ...args]);
    const code = await command.ended;
    return { code, stdout: command.stdout, stderr: command.stderr };
  };
  return { ...folder, knowledge };
}

const RUNS = { 'first~11111111': [...PERU, LEADS], 'second~22222222': LIMA };

describe('kgot knowledge', { timeout: 120_000 }, () => {
  it('holds what a question answered with --remember found out, and its run shows so', async () => {
    const { kgot, knowledge } = await folderThatKnows({});
    const command = kgot(['--remember', '--json']);
    expect(await command.ended, command.stderr).toBe(0);
    const { id, graph } = JSON.parse(command.stdout) as RunResult & { id: string };
    const { nodes, edges, runs } = JSON.parse((await knowledge('stats', '--json')).stdout) as Record<string, unknown>;
    expect({ nodes, edges }).toEqual({ nodes: graph.nodes, edges: graph.edges });
    expect(runs).toEqual([{ run: graph.run, things: graph.nodes + graph.edges }]);
    expect((await knowledge('search', 'Andorra')).stdout).toContain(`from ${graph.run}: round `);
    const show = kgot(['show', id]);
    expect(await show.ended, show.stderr).toBe(0);
    expect(show.stdout).toContain('Options: ');
    expect(show.stdout).toMatch(/Remembered \d+ facts? about \d+ things? in the knowledge graph\./);
  });

  it('is kept in Neo4j where that is chosen: remembered, searched and forgotten there', async () => {
    const { kgot, data } = commandFolder();
    const { url, user, password } = await neo4jServer();
    const named = { NEO4J_URI: url, NEO4J_USERNAME: user, NEO4J_PASSWORD: password };
    const env = { KGOT_KNOWLEDGE_GRAPH: 'neo4j', ...named };
    const run = async (...args: string[]): Promise<string> => {
      const command = kgot(args, env);
      expect(await command.ended, command.stderr).toBe(0);
      return command.stdout;
    };
    const { graph } = JSON.parse(await run('--remember', '--json')) as RunResult;
    const store = openStore('neo4j', openDirectoryStore(artifactsDirectory(data)), {
      servers: () => graphServers(data, named),
    });
    onTestFinished(() => store.close());
    const there = await store.stored(KNOWLEDGE);
    expect([there.nodes.size, there.edges.size]).toEqual([graph.nodes, graph.edges]);
    expect(await run('knowledge', 'search', 'Andorra')).toContain(`from ${graph.run}: round `);
    await run('knowledge', 'forget', '--all', '--yes');
    expect((await store.stored(KNOWLEDGE)).nodes.size).toBe(0);
  });

  it('stats say how much there is, and from which runs', async () => {
    const { knowledge } = await folderThatKnows(RUNS);
    expect((await knowledge('stats')).stdout).toBe(
      [
        'Revision 2: 3 nodes, 2 edges',
        'Labels: City ×1, Country ×1, Person ×1',
        'Edge types: CAPITAL_OF ×1, LEADS ×1',
        'Runs: first~11111111 (3 things), second~22222222 (3 things)',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await knowledge('stats', '--json')).stdout)).toMatchObject({ revision: 2, nodes: 3, edges: 2 });
  });

  it('of an empty one say how to fill it', async () => {
    const { knowledge } = await folderThatKnows({});
    expect((await knowledge('stats')).stdout).toContain('kgot solve --remember');
  });

  it('search shows facts with their sources, and links that are not to be followed', async () => {
    const { knowledge } = await folderThatKnows(RUNS);
    const { stdout } = await knowledge('search', 'who', 'leads', 'Peru');
    expect(stdout).toContain(`• Ada Vega —LEADS→ Peru\n  from first~11111111: ${SOURCE}\n`);
    expect(stdout.indexOf('LEADS')).toBeLessThan(stdout.indexOf('CAPITAL_OF'));
    expect((await knowledge('search', 'Lima')).stdout).toContain('https[:]//made-up.example/lima');
    expect((await knowledge('search', 'Quito')).stdout).toContain('holds nothing with "Quito"');
    expect(JSON.parse((await knowledge('search', 'Ada', '--json')).stdout)).toEqual({
      words: 'Ada',
      found: 1,
      facts: [{ fact: 'Ada Vega —LEADS→ Peru', sources: [`first~11111111: ${SOURCE}`] }],
    });
  });

  it('export writes it down as graphs of runs are', async () => {
    const { knowledge, path } = await folderThatKnows(RUNS);
    expect(JSON.parse((await knowledge('export')).stdout)).toMatchObject({
      revision: 2,
      nodes: [{ key: 'City:lima' }, { key: 'Country:peru' }, { key: 'Person:ada vega' }],
    });
    expect((await knowledge('export', '--format', 'cypher')).stdout).toContain('CREATE');
    const { stdout } = await knowledge('export', '--format', 'svg', '--out', 'knowledge.svg');
    expect(stdout).toContain('Revision 2: 3 nodes, 2 edges, written to');
    expect(readFileSync(join(path, 'knowledge.svg'), 'utf8')).toContain('Ada Vega');
  });

  it('forget takes out one thing with its facts, and names what is near a name that none has', async () => {
    const { knowledge } = await folderThatKnows(RUNS);
    expect((await knowledge('forget', 'ada vega')).stdout).toBe('Forgotten: Ada Vega, with 1 edge.\n');
    const wrong = await knowledge('forget', 'Limma');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('The knowledge graph holds nothing called "Limma"; near it: Lima.');
    expect((await knowledge('stats')).stdout).toContain('2 nodes, 1 edge');
  });

  it('forget --run takes out what only that run has said', async () => {
    const { knowledge } = await folderThatKnows(RUNS);
    const { stdout } = await knowledge('forget', '--run', 'first');
    expect(stdout).toBe('Forgotten what only first~11111111 said: 1 node, 1 edge. Left: 2 nodes, 1 edge.\n');
    const left = (await knowledge('export')).stdout;
    expect(left).not.toContain('first~11111111: ');
    expect(JSON.parse(left)).toMatchObject({
      nodes: [{ key: 'City:lima' }, { key: 'Country:peru', properties: { name: 'Peru' } }],
      edges: [{ type: 'CAPITAL_OF' }],
    });
    expect((await knowledge('forget', '--run', 'first')).stderr).toContain('it holds second~22222222');
  });

  it('forget --all asks, or wants to be told that it is meant', async () => {
    const { knowledge } = await folderThatKnows(RUNS);
    const unsure = await knowledge('forget', '--all');
    expect(unsure).toMatchObject({ code: 2, stdout: '' });
    expect(unsure.stderr).toContain('Forget 3 nodes, 2 edges? Give --yes with --all');
    expect((await knowledge('forget', '--all', '--yes')).stdout).toBe(
      'Forgotten: 3 nodes, 2 edges. The knowledge graph is empty.\n',
    );
    expect((await knowledge('stats')).stdout).toContain('is empty');
  });

  it('forget wants one thing to be said', async () => {
    const { knowledge } = await folderThatKnows({});
    for (const args of [[], ['Peru', '--all']]) {
      const { code, stderr } = await knowledge('forget', ...args);
      expect(code).toBe(2);
      expect(stderr).toContain('Say what to forget: the name of a thing, --run ID, or --all.');
    }
  });
});
