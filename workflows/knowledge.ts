import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { recallFacts, rememberFacts } from './activities.ts';
import { reasonOf } from './reason.ts';
import { addNote } from './state.ts';
import type { RunState } from './state.ts';

/** Begins with what the knowledge graph holds about the question, where the run is to. */
export async function recall(state: RunState): Promise<void> {
  const { options, queues, run } = state.prepared;
  if (!options.recall) return;
  const { graph, nodes, edges } = await recallFacts(queues.graph, { run });
  state.graph = graph;
  state.recalled = { nodes, edges };
}

/** Keeps the facts of a solved run, where it is to. That this fails costs no answer. */
export async function remember(state: RunState): Promise<void> {
  const { options, queues, run } = state.prepared;
  if (!options.remember || state.graph.revision === 0) return;
  try {
    state.remembered = await rememberFacts(queues.graph, { run, revision: state.graph.revision });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    addNote(state, `The facts could not be kept in the knowledge graph: ${reasonOf(error)}`);
  }
}
