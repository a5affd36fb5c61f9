import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Batch, Change } from '../domain/changes.ts';
import { edgeId } from '../domain/changes.ts';
import { forgetRunChanges, knowledgeWithout } from '../domain/forget.ts';
import type { Graph } from '../domain/graph.ts';
import { KNOWLEDGE } from '../domain/knowledge.ts';
import { namedIn, recallChanges } from '../domain/recall.ts';
import { isRemembered, rememberChanges } from '../domain/remember.ts';
import { readBatch, readBatches } from './batches.ts';
import { RevisionConflict } from './graph-store.ts';
import type { GraphStore } from './graph-store.ts';

/** Nodes that are recalled at most, and how far from what a question names. */
const RECALLED = { hops: 2, nodes: 60 } as const;

/** Revisions of others that a writer of the knowledge graph makes way for, one after the other. */
const MOST_CONFLICTS = 100;

/** Thrown when others wrote the knowledge graph all the while: the same call succeeds once it is quieter. */
export class KnowledgeBusy extends Error {
  override readonly name = 'KnowledgeBusy';
}

/**
 * Adds a batch to the knowledge graph, which many may do at once: what it changes is worked out anew where another was
 * faster.
 *
 * @param changesOf what is to change in the newest graph; nothing is written where it is nothing
 * @returns the graph, and what was changed in it
 * @throws {KnowledgeBusy} when others were faster all the time
 */
export async function changeKnowledge(
  store: GraphStore,
  changesOf: (knowledge: Graph) => Change[] | Promise<Change[]>,
): Promise<{ graph: Graph; changes: Change[] }> {
  for (let conflict = 0; conflict < MOST_CONFLICTS; conflict += 1) {
    const graph = await store.read(KNOWLEDGE);
    const changes = await changesOf(graph);
    if (changes.length === 0) return { graph, changes };
    try {
      const batch = { revision: graph.revision + 1, base: graph.revision, changes };
      return { graph: await store.apply(KNOWLEDGE, batch), changes };
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
  throw new KnowledgeBusy(`The knowledge graph was changed by others ${MOST_CONFLICTS} times in a row.`);
}

/** How many nodes and edges something concerned. */
export interface FactCount {
  nodes: number;
  edges: number;
}

/**
 * Keeps the facts of a run's graph, once: a run that is remembered adds nothing.
 *
 * @returns what of it the knowledge graph did not hold, or now knows from this run as well
 */
export async function rememberRun(store: GraphStore, run: string, own: Graph): Promise<FactCount> {
  const { changes } = await changeKnowledge(store, (knowledge) =>
    isRemembered(knowledge, run) ? [] : rememberChanges(knowledge, own, run),
  );
  const nodes = new Set(changes.flatMap((change) => (change.op === 'upsert-node' ? [change.node.key] : [])));
  const edges = new Set(changes.flatMap((change) => (change.op === 'upsert-edge' ? [edgeId(change.edge)] : [])));
  return { nodes: nodes.size, edges: edges.size };
}

export interface Recalled extends FactCount {
  /** The run's graph with what was recalled, or still empty. */
  graph: Graph;
}

export interface RecallParts {
  artifacts: ArtifactStore;
  /** The knowledge graph's. */
  knowledge: GraphStore;
  /** That of the run's graph, which may be another. */
  store: GraphStore;
}

/** Begins a run's graph with what surrounds, in the knowledge graph, the things that the question names; once. */
export async function recallFor(
  { artifacts, knowledge, store }: RecallParts,
  run: string,
  question: string,
): Promise<Recalled> {
  // Of an attempt before this one: the knowledge graph may have grown since.
  let batch = await readBatch(artifacts, run, 1);
  if (batch === undefined) {
    const named = namedIn(await knowledge.read(KNOWLEDGE), question);
    const { nodes, edges } = await knowledge.neighbours(KNOWLEDGE, named, RECALLED);
    const changes = recallChanges(nodes, edges);
    if (changes.length === 0) return { graph: await store.read(run), nodes: 0, edges: 0 };
    batch = { revision: 1, base: 0, changes };
  }
  const graph = await store.apply(run, batch);
  return { graph, nodes: graph.nodes.size, edges: graph.edges.size };
}

/**
 * Takes out what only one run has said.
 *
 * @returns the graph before and after
 */
export async function forgetRun(
  { artifacts, store }: { artifacts: ArtifactStore; store: GraphStore },
  run: string,
): Promise<{ before: Graph; after: Graph }> {
  let before = await store.read(KNOWLEDGE);
  const { graph } = await changeKnowledge(store, async (knowledge) => {
    before = knowledge;
    const batches: Batch[] = [];
    for await (const batch of readBatches(artifacts, KNOWLEDGE)) {
      if (batch.revision > knowledge.revision) break;
      batches.push(batch);
    }
    return forgetRunChanges(knowledge, knowledgeWithout(batches, run), run);
  });
  return { before, after: graph };
}
