import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { join } from 'node:path';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { userPath } from '../../src/config/paths.ts';
import type { Batch } from '../../src/domain/changes.ts';
import { describeEdge } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { spellingsOf } from '../../src/domain/merge.ts';
import { counted } from '../../src/domain/text.ts';
import { readBatches } from '../../src/graph/batches.ts';
import { differenceOf, foldBatches } from '../../src/graph/difference.ts';
import { exportGraph, GRAPH_FORMATS, toDocument } from '../../src/graph/export.ts';
import type { GraphFormat } from '../../src/graph/export.ts';
import { UserError } from '../errors.ts';
import { findRun } from '../find-run.ts';
import { oneOf, wholeNumber } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { seenTexts } from '../safe-links.ts';
import { saveFile } from '../save-file.ts';
import { Session } from '../session.ts';
import { differenceSections } from '../show/difference.ts';
import { defangLinks, defangPage } from '../show/links.ts';
import { oneLine } from '../show/outline.ts';

interface GraphOptions extends GlobalOptions {
  at?: number;
  format?: GraphFormat;
  out?: string;
  diff?: RevisionRange;
}

/** Revisions to compare; without an end, those before the first and the last there is. */
interface RevisionRange {
  from: number;
  to?: number;
}

export function addGraphCommand(command: Command): void {
  command
    .option('--at <revision>', 'the graph at an earlier revision (the newest)', wholeNumber(0))
    .option(
      '--format <format>',
      `${GRAPH_FORMATS.join(', ')} (svg, drawn into the data directory)`,
      oneOf(GRAPH_FORMATS),
    )
    .option('--out <file>', 'write it into a file')
    .option('--diff <from..to>', 'what was added, changed and retracted between two revisions', parseRange)
    .action((id: string, options: GraphOptions) => showGraph(id, options));
}

/** `2..5`; `2..` goes to the newest revision, `..5` comes from the empty graph, and `5` is what revision 5 brought. */
export function parseRange(text: string): RevisionRange {
  const [, from, dots, to] = /^(\d*)(\.\.)?(\d*)$/.exec(text.trim()) ?? [];
  if (dots === undefined && from) {
    const revision = Number(from);
    if (revision > 0) return { from: revision - 1, to: revision };
  } else if (dots !== undefined && (from || to)) {
    const range = { from: Number(from), ...(to ? { to: Number(to) } : {}) };
    if (range.to !== undefined && range.to < range.from) {
      throw new InvalidArgumentError(`That goes backwards: give ${range.to}..${range.from}.`);
    }
    return range;
  }
  throw new InvalidArgumentError('Give two revisions as 2..5, or one as 5 for what it brought.');
}

function showGraph(id: string, options: GraphOptions): Promise<void> {
  const { diff, at, format, out } = options;
  if (diff !== undefined && (at !== undefined || format !== undefined || out !== undefined)) {
    throw new UserError('--diff compares two revisions: leave out --at, --format and --out.', { exitCode: 2 });
  }
  return Session.run(options, { worker: false }, async (session) => {
    const run = await readRun(session, id);
    if (diff !== undefined) showDifference(session, run, diff);
    else await exportRevision(session, run, { at, format, out });
  });
}

interface ReadRun {
  id: string;
  folder: string;
  batches: readonly Batch[];
  /** See {@link seenTexts}. */
  seen: readonly string[];
}

async function readRun(session: Session, id: string): Promise<ReadRun> {
  const { folder, question } = await findRun(session, id);
  const { artifactsDirectory } = await session.runtime();
  const artifacts = openDirectoryStore(artifactsDirectory);
  const batches: Batch[] = [];
  for await (const batch of readBatches(artifacts, folder)) batches.push(batch);
  return { id, folder, batches, seen: await seenTexts(artifacts, folder, [question]) };
}

function checkRevision(id: string, batches: readonly Batch[], revision: number): void {
  if (revision <= batches.length) return;
  const there = batches.length === 0 ? 'there is only 0, the empty graph' : `there are 0 to ${batches.length}`;
  throw new UserError(`The graph of ${id} has no revision ${revision}: ${there}.`, { exitCode: 2 });
}

function showDifference(session: Session, { id, batches, seen }: ReadRun, { from, to }: RevisionRange): void {
  checkRevision(id, batches, Math.max(from, to ?? 0));
  const difference = differenceOf(foldBatches(batches.slice(0, from)), batches.slice(from, to ?? batches.length));
  session.print({ id, ...difference }, defangPage(differenceSections(difference), seen));
}

interface ExportOptions {
  at: number | undefined;
  format: GraphFormat | undefined;
  out: string | undefined;
}

async function exportRevision(session: Session, run: ReadRun, options: ExportOptions): Promise<void> {
  const { id, batches, seen } = run;
  const { at = batches.length, format = 'svg', out } = options;
  checkRevision(id, batches, at);
  const graph = foldBatches(batches.slice(0, at));
  const text = await exportGraph(graph, format);
  const { revision, nodes, edges } = toDocument(graph);
  if (format === 'svg') {
    const picture = await saveFile(await pictureFile(session, run, options), text);
    session.print({ id, revision, nodes, edges, picture }, defangLinks(listing(graph, `drawn in ${picture}`), seen));
  } else if (out === undefined) {
    if (session.options.json !== true) process.stdout.write(text);
    else session.print(format === 'json' ? { id, revision, nodes, edges } : { id, revision, format, text }, '');
  } else {
    const file = await saveFile(userPath(out), text);
    session.print({ id, revision, format, file }, `${sizeOf(graph)}, written to ${file}`);
  }
}

async function pictureFile(session: Session, { folder }: ReadRun, { at, out }: ExportOptions): Promise<string> {
  if (out !== undefined) return userPath(out);
  const { dataDirectory } = await session.runtime();
  return join(dataDirectory, 'graphs', `${folder}${at === undefined ? '' : `@${at}`}.svg`);
}

function listing(graph: Graph, where: string): string {
  return [
    ...[...graph.nodes.values()].map((node) => {
      const { labels, properties } = node;
      const spellings = spellingsOf(node).map(({ name, source }) => `${JSON.stringify(name)} [${source}]`);
      const also = spellings.length === 0 ? '' : ` also called ${spellings.join(', ')}`;
      return `(:${labels.join(':')} ${JSON.stringify(properties)})${also}`;
    }),
    ...[...graph.edges.values()].map((edge) => `${describeEdge(graph, edge)} [${edge.sources.join('; ')}]`),
    `${sizeOf(graph)}; ${where}`,
  ]
    .map(oneLine)
    .join('\n');
}

function sizeOf({ revision, nodes, edges }: Graph): string {
  return `Revision ${revision}: ${counted(nodes.size, 'node')}, ${counted(edges.size, 'edge')}`;
}
