import { describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { artifactsDirectory } from '../../src/config/paths.ts';
import type { Change } from '../../src/domain/changes.ts';
import { KNOWLEDGE } from '../../src/domain/knowledge.ts';
import { toDocument } from '../../src/graph/export.ts';
import { changeKnowledge } from '../../src/graph/knowledge.ts';
import { commandFolder } from '../support/command-folder.ts';
import { kgotOnTerminal } from '../support/command.ts';
import { openStore } from '../support/graph-stores.ts';
import { upsertEdge, upsertNode } from '../support/graphs.ts';

/** Towns of Peru, one of them under two spellings. */
const TOWNS: Change[] = [
  upsertNode('Region', 'Cusco'),
  ...['Ollantaytambo', 'Ollantaitambo', 'Lima'].flatMap((name) => [
    upsertNode('Town', name, {}, `about ${name}`),
    upsertEdge(`Town:${name.toLowerCase()}`, 'IN_REGION', 'Region:cusco', { source: `about ${name}` }),
  ]),
];

/** A folder whose knowledge graph holds these. */
async function folderThatHolds(changes: Change[]) {
  const folder = commandFolder();
  const withStore = async <T>(work: (store: ReturnType<typeof openStore>) => Promise<T>): Promise<T> => {
    const store = openStore('embedded', openDirectoryStore(artifactsDirectory(folder.data)));
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  };
  await withStore((store) => changeKnowledge(store, () => changes));
  const knowledge = async (...args: string[]) => {
    const command = folder.kgot(['knowledge', ...args]);
    const code = await command.ended;
    return { code, stdout: command.stdout, stderr: command.stderr };
  };
  const held = async () => {
    const { nodes, edges } = toDocument(await withStore((store) => store.read(KNOWLEDGE)));
    return { nodes, edges };
  };
  return { ...folder, knowledge, held };
}

describe('kgot knowledge resolve', { timeout: 120_000 }, () => {
  it('--dry-run shows what is there twice, and why, and leaves it', async () => {
    const { knowledge, held } = await folderThatHolds(TOWNS);
    const before = await held();
    const { code, stdout, stderr } = await knowledge('resolve', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d pairs? of 4 things compared: 1 thing there under several spellings/);
    expect(stdout).toContain('• Ollantaytambo (Town) ← Ollantaitambo\n');
    expect(stdout).toMatch(
      /score 0\.\d\d: names "Ollantaytambo" and "Ollantaitambo" 0\.\d\d, label Town, both IN_REGION/,
    );
    expect(stderr).toContain('Comparing 4 things …');
    expect(await held()).toEqual(before);
  });

  it('--yes merges, and split takes all of it out again by its id', async () => {
    const { knowledge, held } = await folderThatHolds(TOWNS);
    const before = await held();
    // On all cores the same is found.
    const here = (await knowledge('resolve', '--dry-run', '--json')).stdout;
    expect((await knowledge('resolve', '--dry-run', '--json', '--on', 'threads')).stdout).toBe(here);
    expect((await knowledge('resolve', '--dry-run', '--json', '--on', 'mpi')).stdout).toBe(here);
    const { stdout } = await knowledge('resolve', '--yes', '--json');
    const { clusters, merged, gone, resolution } = JSON.parse(stdout) as Record<string, unknown>;
    expect(clusters).toMatchObject([{ key: 'Town:ollantaytambo', others: [{ key: 'Town:ollantaitambo' }] }]);
    expect(merged).toMatchObject([{ key: 'Town:ollantaitambo', into: 'Town:ollantaytambo' }]);
    expect(gone).toEqual([]);
    expect((await held()).nodes.map(({ key }) => key)).toEqual(['Region:cusco', 'Town:lima', 'Town:ollantaytambo']);
    expect((await knowledge('resolve', '--yes')).stdout).toContain('nothing is there twice');

    expect(await knowledge('split', '--resolution', '2026-01-01-00000000')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`it holds ${String(resolution)}.`),
    });
    const undone = await knowledge('split', '--resolution', String(resolution));
    expect(undone).toMatchObject({ code: 0, stdout: 'Taken out: Ollantaitambo (of Ollantaytambo).\n' });
    expect(await held()).toEqual(before);
  });

  it('split takes one spelling out, and says what is wrong with a name', async () => {
    const { knowledge, held } = await folderThatHolds(TOWNS);
    const before = await held();
    await knowledge('resolve', '--yes');
    expect((await knowledge('split', 'Ollantaytambo')).stderr).toContain('"Ollantaytambo" is a thing of its own');
    expect((await knowledge('split', 'Ollanta')).stderr).toContain('holds nothing called "Ollanta"; near it: ');
    expect((await knowledge('split', 'ollantaitambo')).stdout).toBe('Taken out: Ollantaitambo (of Ollantaytambo).\n');
    expect(await held()).toEqual(before);
  });

  it('asks before it merges, or wants to be told that it is meant', async () => {
    const { knowledge, held, path } = await folderThatHolds(TOWNS);
    expect(await knowledge('resolve')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Give --yes, or --dry-run'),
    });
    for (const [answer, left, code] of [
      ['n', 4, 1],
      ['y', 3, 0],
    ] as const) {
      const command = kgotOnTerminal(['knowledge', 'resolve'], { folder: path });
      await command.until('[y]es or [n]o:');
      expect(command.stdout).toContain('Merge 1 thing into another?');
      command.child.stdin!.write(`${answer}\n`);
      expect(await command.ended, command.stdout).toBe(code);
      expect((await held()).nodes).toHaveLength(left);
    }
  });

  it('refuses a threshold that is none, and a split of nothing or of two', async () => {
    const { knowledge } = await folderThatHolds([]);
    const { code, stderr } = await knowledge('resolve', '--threshold', '2');
    expect(code).toBe(2);
    expect(stderr).toContain('Give a number from 0 to 1.');
    for (const args of [[], ['Lima', '--resolution', '2026-01-01-00000000']]) {
      expect(await knowledge('split', ...args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Say what to take out: a spelling, or --resolution ID.'),
      });
    }
    expect((await knowledge('resolve', '--dry-run')).stdout).toContain('0 pairs of 0 things compared');
  });
});
