import type { Transaction } from 'neo4j-driver';
import type { Neo4jServer } from '../../config/services-state.ts';
import type { Batch } from '../../domain/changes.ts';
import type { Graph, KnownEdge, KnownNode } from '../../domain/graph.ts';
import { touchedBy } from '../../domain/touched.ts';
import type { GraphStore } from '../graph-store.ts';
import { onBatches } from '../projection/on-batches.ts';
import { graphFrom, listCounts, neighbourhoodOf } from '../read-graph.ts';
import type { GraphStoreParts } from '../stores.ts';
import { Neo4jConnection } from './connection.ts';
import {
  applyStatement,
  BEGIN,
  continueStatement,
  DELETE_GRAPH,
  DELETE_NODES,
  DESCRIBE,
  DROPPING,
  MARK_DROPPED,
  neighboursStatement,
  REVISION,
  ROW_KINDS,
  STORED_EDGES,
  STORED_NODES,
} from './statements.ts';
import type { RowKind } from './statements.ts';
import { edgeRow, knownEdge, knownNode, newEdges, newNodes, nodeRow } from './values.ts';
import type { EdgeRow, NodeRow } from './values.ts';

type NodeCell = [labels: string[], properties: Record<string, unknown>];
type EdgeCell = [from: string, type: string, to: string, properties: Record<string, unknown>];

interface Found {
  /** The revision that the server had. */
  found: number;
}

interface Write {
  before: Graph;
  after: Graph;
  batch: Batch;
}

export interface Neo4jStoreOptions {
  /** Statements at once, at most. */
  sessions: number;
  /** Rows of changes that one statement carries, at most. */
  batchSize: number;
}

/**
 * Graphs in a Neo4j that many runs, and others, may share: every node and edge carries its run, and the revision is
 * written with the changes, in one transaction. A graph that the server lost, or has only a part of, is made again from
 * its batches. Queries that a model wrote never reach the server: they run on a projection of the one run.
 */
export function openNeo4jStore(parts: GraphStoreParts, server: Neo4jServer, options: Neo4jStoreOptions): GraphStore {
  const { log } = parts;
  const { sessions, batchSize } = options;
  const connection = new Neo4jConnection(server, sessions);

  const named = async (run: string): Promise<{ run: string }> => ({ run: await log.globalName(run) });

  /** Takes its changes to the server, in a transaction of which they are a part or all. @returns the revision that it had */
  const change = async (transaction: Transaction, name: string, write: Write): Promise<number> => {
    const { before, after, batch } = write;
    const rows = rowsOf(name, before, after, batch);
    const place = { run: name, base: batch.base, revision: batch.revision };
    const parts = partsOf(rows, batchSize);
    if (parts.length === 1) {
      const { records } = await transaction.run<Found>(applyStatement(kindsOf(rows)), { ...place, ...sent(rows) });
      return records[0]!.get('found');
    }
    const { records } = await transaction.run<Found>(BEGIN, place);
    const found = records[0]!.get('found');
    if (found === batch.base) {
      // Sent one after the other without waiting between them.
      await Promise.all(
        parts.map((part) => transaction.run(continueStatement(kindsOf(part)), { run: name, ...sent(part) })),
      );
    }
    return found;
  };

  /** @returns the revision that the server had */
  const send = async (run: string, write: Write, written?: Promise<void>): Promise<number> => {
    const name = await log.globalName(run);
    return connection.transaction(async (transaction) => {
      const found = await change(transaction, name, write);
      // The server works while the disk does, and holds nothing that is not written down.
      await written;
      return found;
    });
  };

  /** Brings the server to what the batches say. */
  const repair = async (run: string, to: number): Promise<void> => {
    const [row] = await connection.run<{ revision: number }>('WRITE', REVISION, await named(run));
    let revision = row?.revision ?? 0;
    if (revision === DROPPING) {
      await forget(run);
      revision = 0;
    }
    if (revision >= to) return;
    let before = await log.read(run, revision);
    for await (const batch of log.after(run, revision)) {
      if (batch.revision > to) return;
      const after = await log.read(run, batch.revision);
      // Another worker may repair it at once: what is there already stays.
      await send(run, { before, after, batch });
      before = after;
    }
  };

  const forget = async (run: string): Promise<void> => {
    await connection.run('WRITE', MARK_DROPPED, await named(run));
    await connection.run('WRITE', DELETE_NODES, await named(run));
    await connection.run('WRITE', DELETE_GRAPH, await named(run));
  };

  /** What a read gives once the server is where the batches are. */
  const current = async <T extends { revision: number }>(run: string, read: () => Promise<T>): Promise<T> => {
    // Whoever asks has just looked at the log: see GraphOperationParallelizer.
    const revision = await log.knownRevision(run);
    const found = await read();
    if (found.revision >= revision) return found;
    await repair(run, revision);
    return read();
  };

  return {
    ...onBatches(parts),

    async apply(run, batch) {
      const appended = await log.beginAppend(run, batch);
      let found: number;
      try {
        found = await send(run, { ...appended, batch }, appended.written);
      } finally {
        await appended.written;
      }
      if (found < batch.base) await repair(run, batch.revision);
      return appended.after;
    },

    async applyTogether(writes) {
      const appended = await Promise.allSettled(
        writes.map(async ({ run, batch }) => ({ ...(await log.append(run, batch)), run, batch })),
      );
      const ready = appended.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
      // In one order everywhere: transactions that lock the same runs do not wait for each other in a circle.
      ready.sort((a, b) => (a.run < b.run ? -1 : 1));
      const names = await Promise.all(ready.map(({ run }) => log.globalName(run)));
      const found = await connection.transaction((transaction) =>
        Promise.all(ready.map((write, index) => change(transaction, names[index]!, write))),
      );
      for (const [index, { run, batch }] of ready.entries()) {
        if (found[index]! < batch.base) await repair(run, batch.revision);
      }
      return appended.map((outcome) =>
        outcome.status === 'fulfilled' ? { status: 'fulfilled', value: outcome.value.after } : outcome,
      );
    },

    describe: (run) =>
      current(run, async () => {
        interface Row {
          revision: number;
          nodes: [string[], number][];
          edges: [string, number][];
        }
        const [row = NOTHING] = await connection.run<Row>('READ', DESCRIBE, await named(run));
        const labels = new Map<string, number>();
        for (const [own, count] of row.nodes) {
          for (const label of knownNode(own, {}).labels) {
            labels.set(label, (labels.get(label) ?? 0) + count);
          }
        }
        const total = (counts: readonly [unknown, number][]): number =>
          counts.reduce((sum, [, count]) => sum + count, 0);
        return {
          revision: row.revision,
          nodes: total(row.nodes),
          edges: total(row.edges),
          ...listCounts(labels, new Map(row.edges)),
        };
      }),

    neighbours: (run, keys, { hops, nodes: most }) =>
      current(run, async () => {
        interface Row {
          revision: number;
          nodes: NodeCell[];
          edges: EdgeCell[];
        }
        const parameters = { ...(await named(run)), keys, most: BigInt(most + 1) };
        const [row = NOTHING] = await connection.run<Row>('READ', neighboursStatement(hops), parameters);
        return neighbourhoodOf(row.revision, row.nodes.map(toNode), row.edges.map(toEdge), most);
      }),

    stored: (run) =>
      current(run, async () => {
        const parameters = await named(run);
        const [graph, nodes, edges] = await Promise.all([
          connection.run<{ revision: number }>('READ', REVISION, parameters),
          connection.run<{ node: NodeCell }>('READ', STORED_NODES, parameters),
          connection.run<{ edge: EdgeCell }>('READ', STORED_EDGES, parameters),
        ]);
        return graphFrom(
          graph[0]?.revision ?? 0,
          nodes.map(({ node }) => toNode(node)),
          edges.map(({ edge }) => toEdge(edge)),
        );
      }),

    async drop(run) {
      await forget(run);
      await log.drop(run);
    },

    close: () => connection.close(),
  };
}

const NOTHING = { revision: 0, nodes: [], edges: [] };

const toNode = ([labels, properties]: NodeCell): ReturnType<typeof knownNode> => knownNode(labels, properties);
const toEdge = ([from, type, to, properties]: EdgeCell): ReturnType<typeof knownEdge> =>
  knownEdge({ from, type, to }, properties);

/** What a batch changes, as rows of its statement. */
interface Rows {
  goneEdges: EdgeRow[];
  goneNodes: { key: string }[];
  newNodes: KnownNode[];
  changedNodes: NodeRow[];
  newEdges: KnownEdge[];
  changedEdges: EdgeRow[];
}

function noRows(): Rows {
  return { goneEdges: [], goneNodes: [], newNodes: [], changedNodes: [], newEdges: [], changedEdges: [] };
}

/** Kinds of which there is any. */
function kindsOf(rows: Rows): RowKind[] {
  return ROW_KINDS.filter((kind) => rows[kind].length > 0);
}

/** As parameters of a statement. */
function sent(rows: Rows): Record<RowKind, unknown[]> {
  return { ...rows, newNodes: newNodes(rows.newNodes), newEdges: newEdges(rows.newEdges) };
}

function rowsOf(run: string, before: Graph, after: Graph, batch: Batch): Rows {
  const touched = touchedBy(before, after, batch.changes);
  const rows = noRows();
  for (const key of touched.nodes) {
    const was = before.nodes.get(key);
    const is = after.nodes.get(key);
    if (is === undefined) rows.goneNodes.push({ key });
    else if (was === undefined) rows.newNodes.push(is);
    else rows.changedNodes.push(nodeRow(run, is, was));
  }
  for (const id of touched.edges) {
    const was = before.edges.get(id);
    const is = after.edges.get(id);
    if (is === undefined) rows.goneEdges.push(edgeRow(run, was!));
    else if (was === undefined) rows.newEdges.push(is);
    else rows.changedEdges.push(edgeRow(run, is));
  }
  return rows;
}

/** Rows in parts of at most so many, in the order in which they must come true. */
function partsOf(rows: Rows, size: number): Rows[] {
  const all = Object.entries(rows).flatMap(([kind, list]: [string, unknown[]]) => list.map((row) => ({ kind, row })));
  const parts = Array.from({ length: Math.max(1, Math.ceil(all.length / size)) }, noRows);
  for (const [index, { kind, row }] of all.entries()) {
    (parts[Math.floor(index / size)]![kind as keyof Rows] as unknown[]).push(row);
  }
  return parts;
}
