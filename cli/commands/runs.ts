import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { runHandle } from '../../src/client/client.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { describeEdge } from '../../src/domain/graph.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { runFolder } from '../../src/domain/run.ts';
import { counted } from '../../src/domain/text.ts';
import type { RunResult } from '../../src/domain/run.ts';
import { openEmbeddedStore } from '../../src/graph/embedded/store.ts';
import { UserError } from '../errors.ts';
import { followRun } from '../follow.ts';
import type { GlobalOptions } from '../options.ts';
import type { Runtime } from '../runtime/open-runtime.ts';
import { Session } from '../session.ts';
import { answerText, ledgerLine, progressLines } from '../show/run.ts';
import { dollars, table } from '../show/terminal.ts';
import { linkOf, savePicture, showResult } from './solve.ts';

/** Commands that look at runs, or take one up again. */

interface RunRow {
  id: string;
  question: string;
  status: string;
  rounds: number | null;
  dollars: number | null;
  started: string;
}

export function listRuns(options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const { client } = await session.runtime();
    const runs: RunRow[] = [];
    for await (const run of client.workflow.list({ query: `WorkflowType = 'answerQuestion'` })) runs.push(rowOf(run));
    const lines = runs.map((run) => [
      run.id,
      run.status,
      String(run.rounds ?? ''),
      run.dollars === null ? '' : dollars(run.dollars, 0),
      run.started.slice(0, 19).replace('T', ' '),
      run.question.slice(0, 60),
    ]);
    const text =
      runs.length === 0 ? 'No runs yet.' : table(['ID', 'STATUS', 'ROUNDS', 'COST', 'STARTED', 'QUESTION'], lines);
    session.print({ runs }, text);
  });
}

function rowOf(run: WorkflowExecutionInfo): RunRow {
  const attributes = new Map<string, unknown>(
    run.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
  );
  const own = attributes.get('KgotStatus') as string | undefined;
  const closed = run.status.name !== 'RUNNING';
  return {
    id: run.workflowId,
    question: (run.memo?.['question'] as string | undefined) ?? '',
    status: closed && run.status.name !== 'COMPLETED' ? run.status.name.toLowerCase() : (own ?? 'running'),
    rounds: (attributes.get('KgotRounds') as number | undefined) ?? null,
    dollars: (attributes.get('KgotDollars') as number | undefined) ?? null,
    started: run.startTime.toISOString(),
  };
}

export function showRun(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    const runtime = await session.runtime();
    const { status } = await describe(runtime, id);
    const handle = runHandle(runtime.client, id);
    const progress = await handle.progress();
    const uiUrl = linkOf(runtime, id);
    const result = status === 'COMPLETED' ? await handle.result() : undefined;
    const text =
      result === undefined
        ? [progress.question, `Status: ${status.toLowerCase()}`, ...progressLines(progress), uiUrl ?? ''].join('\n')
        : `${progress.question}\n${answerText({ id, result, seconds: 0, ...(uiUrl === undefined ? {} : { uiUrl }) })}`;
    session.print({ id, status, progress, result, uiUrl }, text);
  });
}

export function cancelRun(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    const runtime = await session.runtime();
    const { status, folder } = await describe(runtime, id);
    if (status !== 'RUNNING') throw new UserError(`The run ${id} has ended already (${status.toLowerCase()}).`);
    const handle = runHandle(runtime.client, id);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    const ledger = sumEntries(await readLedgerEntries(openDirectoryStore(runtime.artifactsDirectory), folder));
    session.print({ id, status: 'CANCELLED', ledger }, `Cancelled ${id}: ${ledgerLine(ledger)}`);
  });
}

export function showGraph(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const runtime = await session.runtime();
    const { folder } = await describe(runtime, id);
    const store = openEmbeddedStore({ artifacts: openDirectoryStore(runtime.artifactsDirectory) });
    const graph = await store.read(folder);
    const nodes = [...graph.nodes.values()];
    const edges = [...graph.edges.values()];
    const reference = { run: folder, revision: graph.revision, nodes: nodes.length, edges: edges.length };
    const picture = await savePicture(runtime, { graph: reference });
    const text = [
      ...nodes.map(({ labels, properties }) => `(:${labels.join(':')} ${JSON.stringify(properties)})`),
      ...edges.map((edge) => `${describeEdge(graph, edge)}    [${edge.sources.join('; ')}]`),
      `Revision ${graph.revision}: ${counted(nodes.length, 'node')}, ${counted(edges.length, 'edge')}; drawn in ${picture}`,
    ];
    session.print({ id, revision: graph.revision, nodes, edges, picture }, text.join('\n'));
  });
}

export function showLedger(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const runtime = await session.runtime();
    const { folder } = await describe(runtime, id);
    const entries = await readLedgerEntries(openDirectoryStore(runtime.artifactsDirectory), folder);
    const ledger = sumEntries(entries);
    const rows = entries.map((entry) => [
      entry.id,
      entry.model ?? '',
      entry.known ? (entry.failed === true ? 'error' : 'known') : 'unknown',
      String(entry.inputTokens),
      String(entry.outputTokens),
      entry.dollars === null ? 'price unknown' : dollars(entry.dollars, 0),
    ]);
    const text = `${table(['CALL', 'MODEL', 'ENTRY', 'IN', 'OUT', 'COST'], rows)}\n\n${ledgerLine(ledger)}`;
    session.print({ id, ledger, entries }, text);
  });
}

export function resumeRun(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    const runtime = await session.runtime();
    await describe(runtime, id);
    const started = Date.now();
    const result: RunResult = await followRun(session, id);
    await showResult(session, id, result, (Date.now() - started) / 1000);
  });
}

/** A run's status, and its folder in the artifact store. */
export async function describe(
  { client, external, address, dataDirectory }: Runtime,
  id: string,
): Promise<{ status: string; folder: string }> {
  try {
    const { status, runId, raw } = await client.workflow.getHandle(id).describe();
    const first = raw.workflowExecutionInfo?.firstRunId || runId;
    return { status: status.name, folder: runFolder(id, first) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      const place = external ? `at ${address}` : `in ${dataDirectory}`;
      throw new UserError(`There is no run ${id} ${place}: "kgot list" lists them.`, { exitCode: 2 });
    }
    throw error;
  }
}
