import { MultiDirectedGraph } from 'graphology';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { Batch, Change } from '../../src/domain/changes.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { MemoryGraph } from '../../src/graph/memory/memory-graph.ts';
import { temporaryStore } from '../support/folders.ts';
import { openStore } from '../support/graph-stores.ts';
import type { OpenedStore } from '../support/graph-stores.ts';
import { graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { batch, FIRST, graphStoreConformance } from './conformance.ts';

graphStoreConformance('memory', (artifacts) => openStore('memory', artifacts));

function open(artifacts: ArtifactStore = temporaryStore()): OpenedStore {
  const store = openStore('memory', artifacts);
  onTestFinished(() => store.close());
  return store;
}

/** A line of things, each before the next. */
function line(length: number): Change[] {
  const edges = Array.from({ length: length - 1 }, (_, index) =>
    upsertEdge(`Thing:thing ${index}`, 'BEFORE', `Thing:thing ${index + 1}`),
  );
  return [...manyNodes(length), ...edges];
}

/** Every kind of change, about the middle of a line. */
const CHANGES: Change[] = [
  upsertNode('City', 'Lima', { people: 10 }),
  upsertNode('Thing', 'thing 4', { seen: true }),
  upsertEdge('City:lima', 'NEAR', 'Thing:thing 4'),
  upsertEdge('Thing:thing 4', 'BEFORE', 'Thing:thing 5', { properties: { far: 1 } }),
  { op: 'retract-edge', from: 'Thing:thing 1', to: 'Thing:thing 2', type: 'BEFORE', source: 's' },
  { op: 'retract-node', key: 'Thing:thing 7', source: 's' },
];

/** How often each method of a graph of graphology is called. */
function countCalls(work: () => void): Record<string, number> {
  const { prototype } = MultiDirectedGraph;
  const calls: Record<string, number> = {};
  const methods = new Set<string>();
  for (let level: object = prototype; level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const { value } = Object.getOwnPropertyDescriptor(level, name)! as { value: unknown };
      if (name !== 'constructor' && typeof value === 'function') methods.add(name);
    }
  }
  const spies = [...methods].map((name) => {
    const original = (prototype as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!;
    const spy = vi.spyOn(prototype as unknown as Record<string, () => unknown>, name);
    return spy.mockImplementation(function (this: unknown, ...args: unknown[]) {
      calls[name] = (calls[name] ?? 0) + 1;
      return original.apply(this, args);
    });
  });
  try {
    work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return calls;
}

/** A graph at revision 1 that holds a line of things. */
function heldGraph(nodes: number): { graph: MemoryGraph; before: Graph } {
  const graph = new MemoryGraph();
  const before = graphOf(line(nodes));
  graph.follow(graphOf(), before, { revision: 1, base: 0, changes: line(nodes) });
  return { graph, before };
}

describe('a graph in memory', () => {
  it('takes a batch by as many operations whatever its size, none of which walks it', () => {
    const [few, many] = [10, 20_000].map((nodes) => {
      const { graph, before } = heldGraph(nodes);
      const after = graphOf(line(nodes), CHANGES);
      return countCalls(() => graph.follow(before, after, batch(2, ...CHANGES)));
    });
    expect(many).toEqual(few);
    expect(
      Object.keys(many!).filter((name) =>
        /^(?:for|map|filter|find|some|every|reduce|export|copy)|(?:s|Entries)$/.test(name),
      ),
    ).toEqual([]);
  });

  it('reads what surrounds a node by as many operations whatever its size', () => {
    const [few, many] = [20, 20_000].map((nodes) => {
      const { graph } = heldGraph(nodes);
      return countCalls(() => graph.neighbours(['Thing:thing 9'], { hops: 2, nodes: 10 }));
    });
    expect(many).toEqual(few);
  });

  it('refuses a batch that does not follow', () => {
    const graph = new MemoryGraph();
    const before = graphOf(line(10));
    expect(() => graph.follow(before, graphOf(line(10), CHANGES), batch(2, ...CHANGES))).toThrow(
      'Batch 2 does not follow revision 0 of the graph.',
    );
  });
});

describe('the memory graph store', () => {
  it('reads what other workers wrote meanwhile, at once and again', async () => {
    const artifacts = temporaryStore();
    const [one, other] = [open(artifacts), open(artifacts)];
    await one.apply('r', FIRST);
    await other.apply('r', batch(2, upsertNode('City', 'Lima')));
    await other.apply('r', batch(3, upsertNode('City', 'Cusco')));
    expect(await Promise.all([one.describe('r'), one.describe('r')])).toMatchObject([{ revision: 3 }, { revision: 3 }]);
    expect((await one.stored('r')).nodes.size).toBe(4);
  });

  it('shows whoever reads at once with writes all that is acknowledged, and whole batches', async () => {
    const store = open();
    const batches = Array.from({ length: 20 }, (_, index): Batch =>
      batch(index + 1, upsertNode('City', `City ${index}`), upsertNode('Person', `Person ${index}`)),
    );
    const seen = await Promise.all(
      batches.flatMap((one) => [
        store.apply('r', one).then(async () => ({ ...(await store.describe('r')), acknowledged: one.revision })),
        store.describe('r').then((description) => ({ ...description, acknowledged: 0 })),
      ]),
    );
    for (const { revision, nodes, acknowledged } of seen) {
      expect(revision).toBeGreaterThanOrEqual(acknowledged);
      expect(nodes).toBe(2 * revision);
    }
    expect(await store.read('r')).toEqual(graphOf(...batches.map(({ changes }) => changes)));
  });

  it('makes a graph again that more runs than it keeps have pushed out', async () => {
    const store = open();
    const runs = Array.from({ length: 70 }, (_, index) => `run-${index}`);
    for (const run of runs) await store.apply(run, batch(1, upsertNode('City', run)));
    for (const run of runs) expect((await store.stored(run)).nodes.get(`City:${run.replace('-', ' ')}`)).toBeDefined();
  });
});
