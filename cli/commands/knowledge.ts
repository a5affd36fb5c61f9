import type { Command } from 'commander';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { userPath } from '../../src/config/paths.ts';
import { forgetAllChanges } from '../../src/domain/forget.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { displayName } from '../../src/domain/graph.ts';
import { KNOWLEDGE, runOfSource } from '../../src/domain/knowledge.ts';
import { calledSo, runsIn, searchFacts } from '../../src/domain/search-facts.ts';
import type { SourcedFact } from '../../src/domain/search-facts.ts';
import { counted } from '../../src/domain/text.ts';
import { exportGraph, GRAPH_FORMATS, toDocument } from '../../src/graph/export.ts';
import type { GraphFormat } from '../../src/graph/export.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { changeKnowledge, forgetRun } from '../../src/graph/knowledge.ts';
import { describeGraph } from '../../src/graph/read-graph.ts';
import { UserError } from '../errors.ts';
import { isMeant, withKnowledge, wrongName } from '../knowledge.ts';
import { oneOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { saveFile } from '../save-file.ts';
import type { Session } from '../session.ts';
import { defangLinks, defangPage } from '../show/links.ts';
import type { Line } from '../show/outline.ts';
import { addResolveCommands } from './knowledge-resolve.ts';

/** Facts that a search shows at most. */
const MOST_FACTS = 50;
/** Runs, labels and types that stats names at most. */
const MOST_NAMED = 10;

interface ExportOptions extends GlobalOptions {
  format?: GraphFormat;
  out?: string;
}

interface ForgetOptions extends GlobalOptions {
  run?: string;
  all?: boolean;
  yes?: boolean;
}

/** `add` makes a command below `knowledge`, with the options of every command. */
export function addKnowledgeCommands(add: (usage: string, description: string) => Command): void {
  add('stats', 'say how much it holds, and from which runs').action((options: GlobalOptions) => stats(options));
  add('search <words...>', 'show facts with their sources').action((words: string[], options: GlobalOptions) =>
    search(words.join(' '), options),
  );
  add('export', 'write it down')
    .option('--format <format>', `${GRAPH_FORMATS.join(', ')} (json)`, oneOf(GRAPH_FORMATS))
    .option('--out <file>', 'write it into a file')
    .action((options: ExportOptions) => write(options));
  add('forget [name]', 'take out one thing, what one run said, or all')
    .option('--run <id>', 'what only this run has said')
    .option('--all', 'everything')
    .option('--yes', 'with --all: do not ask')
    .action((name: string | undefined, options: ForgetOptions) => forget(name, options));
  addResolveCommands(add);
}

function stats(options: GlobalOptions): Promise<void> {
  return withKnowledge(options, async (session, store) => {
    const graph = await store.read(KNOWLEDGE);
    const { labels, types, ...size } = describeGraph(graph);
    const runs = runsIn(graph, runOfSource);
    const named = (items: readonly string[]): string =>
      `${items.slice(0, MOST_NAMED).join(', ')}${items.length > MOST_NAMED ? ` and ${items.length - MOST_NAMED} more` : ''}`;
    const lines: Line[] =
      graph.nodes.size === 0
        ? [{ text: 'The knowledge graph is empty: "kgot solve --remember" keeps the facts of an answered question.' }]
        : [
            { text: sizeOf(graph) },
            { text: `Labels: ${named(labels.map(({ label, count }) => `${label} ×${count}`))}` },
            { text: `Edge types: ${named(types.map(({ type, count }) => `${type} ×${count}`)) || 'none'}` },
            { text: `Runs: ${named(runs.map(({ run, things }) => `${run} (${counted(things, 'thing')})`)) || 'none'}` },
          ];
    session.print({ ...size, labels, types, runs }, defangPage([{ lines }], []));
  });
}

function search(words: string, options: GlobalOptions): Promise<void> {
  return withKnowledge(options, async (session, store) => {
    const found = searchFacts(await store.read(KNOWLEDGE), words);
    const shown = found.slice(0, MOST_FACTS);
    const left = found.length - shown.length;
    const lines: Line[] = [
      ...(found.length === 0 ? [{ text: `The knowledge graph holds nothing with ${JSON.stringify(words)}.` }] : []),
      ...shown.map(factLine),
      ...(left > 0 ? [{ text: `${counted(left, 'fact')} more: give more words.` }] : []),
    ];
    session.print({ words, found: found.length, facts: shown }, defangPage([{ lines }], []));
  });
}

function factLine({ fact, sources }: SourcedFact): Line {
  return { mark: '•', text: fact, lines: sources.map((source): Line => ({ text: `from ${source}`, tone: 'quiet' })) };
}

function write({ format = 'json', out, ...options }: ExportOptions): Promise<void> {
  return withKnowledge(options, async (session, store) => {
    const graph = await store.read(KNOWLEDGE);
    const text = await exportGraph(graph, format);
    const { revision, nodes, edges } = toDocument(graph);
    if (out !== undefined) {
      const file = await saveFile(userPath(out), text);
      session.print({ revision, format, file }, `${sizeOf(graph)}, written to ${file}`);
    } else if (options.json !== true) process.stdout.write(text);
    else session.print(format === 'json' ? { revision, nodes, edges } : { revision, format, text }, '');
  });
}

function forget(name: string | undefined, options: ForgetOptions): Promise<void> {
  const given = [name, options.run, options.all].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw new UserError('Say what to forget: the name of a thing, --run ID, or --all.', { exitCode: 2 });
  }
  return withKnowledge(options, async (session, store, artifacts) => {
    if (options.all === true) await forgetAll(session, store, options);
    else if (options.run !== undefined) await forgetOf(session, store, artifacts, options.run);
    else await forgetName(session, store, name!);
  });
}

async function forgetAll(session: Session, store: GraphStore, { yes }: ForgetOptions): Promise<void> {
  const graph = await store.read(KNOWLEDGE);
  const { nodes, edges } = sizes(graph);
  if (
    yes !== true &&
    graph.nodes.size > 0 &&
    !(await isMeant(session, `Forget ${sizeText(graph)}`, 'Give --yes with --all'))
  ) {
    throw new UserError('Nothing was forgotten.');
  }
  await changeKnowledge(store, forgetAllChanges);
  session.print({ forgotten: { nodes, edges } }, `Forgotten: ${sizeText(graph)}. The knowledge graph is empty.`);
}

async function forgetOf(session: Session, store: GraphStore, artifacts: ArtifactStore, id: string): Promise<void> {
  const runs = runsIn(await store.read(KNOWLEDGE), runOfSource).map(({ run }) => run);
  // A workflow's id may have been used again: its runs' folders tell them apart.
  const meant = runs.filter((run) => run === id || run.replace(/~[^~]*$/, '') === id);
  if (meant.length === 0) {
    const there = runs.length === 0 ? 'it holds none' : `it holds ${runs.slice(0, MOST_NAMED).join(', ')}`;
    throw new UserError(`The knowledge graph holds nothing of a run ${JSON.stringify(id)}; ${there}.`);
  }
  let [before, after]: (Graph | undefined)[] = [];
  for (const run of meant) {
    const forgotten = await forgetRun({ artifacts, store }, run);
    before ??= forgotten.before;
    after = forgotten.after;
  }
  const gone = lost(before!, after!);
  session.print(
    { runs: meant, forgotten: gone },
    `Forgotten what only ${meant.join(' and ')} said: ${lostText(gone)}. Left: ${sizeText(after!)}.`,
  );
}

async function forgetName(session: Session, store: GraphStore, name: string): Promise<void> {
  const before = await store.read(KNOWLEDGE);
  const keys = calledSo(before, name);
  if (keys.length !== 1) throw wrongName(before, name, keys);
  const [key] = keys as [string];
  const { graph } = await changeKnowledge(store, (knowledge) =>
    knowledge.nodes.has(key) ? [{ op: 'retract-node', key, source: 'kgot knowledge forget' }] : [],
  );
  const gone = lost(before, graph);
  const shown = displayName(before, key);
  session.print(
    { key, name: shown, forgotten: gone },
    defangLinks(`Forgotten: ${shown}, with ${counted(gone.edges, 'edge')}.`, []),
  );
}

function lost(before: Graph, after: Graph): { nodes: number; edges: number } {
  return {
    nodes: before.nodes.count((_, key) => !after.nodes.has(key)),
    edges: before.edges.count((_, id) => !after.edges.has(id)),
  };
}

function lostText({ nodes, edges }: { nodes: number; edges: number }): string {
  return `${counted(nodes, 'node')}, ${counted(edges, 'edge')}`;
}

function sizes({ nodes, edges }: Graph): { nodes: number; edges: number } {
  return { nodes: nodes.size, edges: edges.size };
}

function sizeText(graph: Graph): string {
  return lostText(sizes(graph));
}

function sizeOf(graph: Graph): string {
  return `Revision ${graph.revision}: ${sizeText(graph)}`;
}
