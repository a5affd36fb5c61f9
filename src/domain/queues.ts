/** The task queues of a run, beside those of a team's own tools. */
export const QUEUES = {
  /** Workflows, and the activities `run.*` and `budget.*`. */
  runs: 'kgot',
  /** The activities `model.*`. */
  model: 'kgot-model',
  /** The activities `tool.*` of the built-in tools. */
  tools: 'kgot-tools',
  /** The activities `graph.*`. */
  graph: 'kgot-graph',
  /** The activities `compute.*`: jobs over all cores, or over MPI ranks. */
  compute: 'kgot-compute',
} as const;
