import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import type {
  ApplyCall,
  ApplyResult,
  EvidenceCall,
  EvidenceResult,
  GraphQueryCall,
  GraphQueryResult,
  GraphSummary,
  RecallCall,
  RecallResult,
  RememberCall,
  RememberResult,
} from '../src/domain/activities.ts';
import { readSetting } from '../src/config/read-setting.ts';
import { maximumTokens } from '../src/domain/budget.ts';
import { checkExtractions } from '../src/domain/extractions.ts';
import { describeEdge } from '../src/domain/graph.ts';
import type { Graph } from '../src/domain/graph.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { truncate } from '../src/domain/text.ts';
import { viewGraph } from '../src/domain/view.ts';
import { findFacts } from '../src/graph/evidence.ts';
import { recallFor, rememberRun } from '../src/graph/knowledge.ts';
import type { GraphStores } from '../src/graph/stores.ts';
import { QueryError } from '../src/graph/graph-store.ts';
import type { Cell, GraphStore, QueryRows } from '../src/graph/graph-store.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { nameDocuments } from './provenance.ts';

export interface GraphActivityParts {
  graphs: GraphStores;
  artifacts: ArtifactStore;
  /** @default the process's */
  env?: NodeJS.ProcessEnv;
}

export interface GraphActivities {
  /** Checks a round's extractions and applies what is valid as one batch. */
  'graph.apply'(call: ApplyCall): Promise<ApplyResult>;
  /** Runs a query that a model wrote; it can only read. */
  'graph.query'(call: GraphQueryCall): Promise<GraphQueryResult>;
  /** Finds the facts that an answer rests on. */
  'graph.evidence'(call: EvidenceCall): Promise<EvidenceResult>;
  /** Begins a run's graph with what the knowledge graph holds about the question. */
  'graph.recall'(call: RecallCall): Promise<RecallResult>;
  /** Keeps a run's facts in the knowledge graph. */
  'graph.remember'(call: RememberCall): Promise<RememberResult>;
}

export function createGraphActivities({ graphs, artifacts, env = process.env }: GraphActivityParts): GraphActivities {
  const knowledgeStore = (): GraphStore => graphs.of(readSetting('knowledgeGraph', env));
  return {
    'graph.apply': (call) => work(() => applyExtractions(graphs.of(call.run.graph), call)),
    'graph.query': (call) => work(() => runQuery(graphs.of(call.run.graph), call)),
    'graph.evidence': ({ run, revision, answer }) =>
      work(async () =>
        nameDocuments(artifacts, run, findFacts(await graphs.read(run.id, revision), run.question, answer)),
      ),
    'graph.recall': ({ run }) =>
      work(async () => {
        const parts = { artifacts, knowledge: knowledgeStore(), store: graphs.of(run.graph) };
        const { graph, nodes, edges } = await recallFor(parts, run.id, run.question);
        return { graph: summarize(graph), nodes, edges };
      }),
    'graph.remember': ({ run, revision }) =>
      work(async () => rememberRun(knowledgeStore(), run.id, await graphs.read(run.id, revision))),
  };
}

function work<T>(attempt: () => Promise<T>): Promise<T> {
  return withHeartbeat(() => withFailures(attempt));
}

async function applyExtractions(store: GraphStore, call: ApplyCall): Promise<ApplyResult> {
  const { run, base, extractions, ifProblems } = call;
  const graph = await store.read(run.id, base);
  const { changes, problems } = checkExtractions(graph, extractions);
  if (ifProblems === 'return' && problems.some((list) => list.length > 0)) return { kind: 'problems', problems };
  const applied = changes.length === 0 ? graph : await store.apply(run.id, { revision: base + 1, base, changes });
  return { kind: 'applied', graph: summarize(applied), problems: problems.flat() };
}

const NEWEST_FACTS = 12;

function summarize(graph: Graph): GraphSummary {
  const edges = [...graph.edges.values()];
  return {
    revision: graph.revision,
    nodes: graph.nodes.size,
    edges: graph.edges.size,
    viewTokens: maximumTokens(viewGraph(graph, [])),
    facts: edges.slice(-NEWEST_FACTS).map((edge) => truncate(describeEdge(graph, edge), 200)),
  };
}

async function runQuery(
  store: GraphStore,
  { run, revision, query, language }: GraphQueryCall,
): Promise<GraphQueryResult> {
  try {
    const limits = { rows: LIMITS.queryRows, milliseconds: LIMITS.queryMilliseconds };
    const rows =
      language === 'javascript'
        ? await store.code(run.id, revision, query, limits)
        : await store.query(run.id, revision, query, limits);
    const found = rows.rows.filter((row) => row.some((cell) => cell !== null && cell !== ''));
    return { kind: 'rows', rowCount: found.length, text: rowsText({ ...rows, rows: found }) };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { kind: 'error', error: truncate(error.message, LIMITS.errorCharacters) };
  }
}

/** Characters of all rows together, as a prompt shows them. */
const ROWS_CHARACTERS = 4_000;

function rowsText({ columns, rows, truncated }: QueryRows): string {
  const line = (cells: readonly Cell[]): string =>
    cells.map((cell) => truncate(String(cell ?? ''), LIMITS.cellCharacters).replace(/\s+/g, ' ')).join(' | ');
  const lines = [...new Set(rows.map(line))];
  return truncate(
    [line(columns), ...lines, ...(truncated ? ['(there are more rows)'] : [])].join('\n'),
    ROWS_CHARACTERS,
  );
}
