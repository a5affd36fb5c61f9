import type { Command } from 'commander';
import { KNOWLEDGE } from '../../src/domain/knowledge.ts';
import { mergedSpellings, resolutionOf } from '../../src/domain/resolutions.ts';
import type { MergedSpelling } from '../../src/domain/resolutions.ts';
import { displayName } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { counted, normalizeName } from '../../src/domain/text.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { mergeFound, splitMerged, splitResolution } from '../../src/graph/resolve/merge-found.ts';
import type { Split } from '../../src/graph/resolve/merge-found.ts';
import { resolveKnowledge, runHere } from '../../src/graph/resolve/resolve-knowledge.ts';
import type { FoundCluster, Resolution, RunResolve } from '../../src/graph/resolve/resolve-knowledge.ts';
import { THRESHOLD } from '../../src/graph/resolve/score.ts';
import type { ResolveWatch } from '../../src/jobs/resolve-job.ts';
import { UserError } from '../errors.ts';
import { isMeant, withKnowledge, wrongName } from '../knowledge.ts';
import { oneOf, share } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { defangLinks, defangPage } from '../show/links.ts';
import type { Line } from '../show/outline.ts';

/** Clusters and doubtful pairs that are shown at most; `--json` has all of them. */
const MOST_CLUSTERS = 20;
const MOST_DOUBTFUL = 5;
/** Resolutions that a message names at most. */
const MOST_NAMED = 10;

/** Where things can be compared. */
const PLACES = ['here', 'threads', 'mpi'] as const;
type Place = (typeof PLACES)[number];

interface ResolveOptions extends GlobalOptions {
  dryRun?: boolean;
  threshold?: number;
  on?: Place;
  yes?: boolean;
}

interface SplitOptions extends GlobalOptions {
  resolution?: string;
}

/** `add` makes a command below `knowledge`, with the options of every command. */
export function addResolveCommands(add: (usage: string, description: string) => Command): void {
  add('resolve', 'find things that it holds under several spellings, and merge them')
    .option('--dry-run', 'only show what was found')
    .option('--threshold <share>', `how alike two things must be, from 0 to 1 (${THRESHOLD})`, share)
    .option(
      '--on <where>',
      'where things are compared: here, on threads or on MPI ranks, one a core (here)',
      oneOf(PLACES),
    )
    .option('--yes', 'merge without asking')
    .action((options: ResolveOptions) => resolve(options));
  add('split [name]', 'take a merged spelling out again, as a thing of its own')
    .option('--resolution <id>', 'all that this resolution merged')
    .action((name: string | undefined, options: SplitOptions) => split(name, options));
}

function resolve({ dryRun = false, threshold, on = 'here', yes = false, ...options }: ResolveOptions): Promise<void> {
  return withKnowledge(options, async (session, store) => {
    if (!dryRun && !yes && !session.interactive) {
      throw new UserError('Merge what is found? Give --yes, or --dry-run to see it, where nobody can be asked.', {
        exitCode: 2,
      });
    }
    const resolution = await search(session, await store.read(KNOWLEDGE), { threshold, on });
    const { clusters } = resolution;
    const others = clusters.reduce((sum, cluster) => sum + cluster.others.length, 0);
    if (dryRun || others === 0) return session.print(resolution, defangPage([{ lines: foundLines(resolution) }], []));
    if (!yes) {
      session.say(defangLinks(foundLines(resolution).map(textOf).join('\n'), []));
      const what = `Merge ${counted(others, 'thing')} into ${others === 1 ? 'another' : counted(clusters.length, 'other')}`;
      if (!(await isMeant(session, what, 'Give --yes'))) throw new UserError('Nothing was merged.');
    }
    const { merged, gone, resolution: id } = await mergeFound(store, clusters);
    const lines: Line[] = [
      ...(yes ? foundLines(resolution) : []),
      {
        mark: '✓',
        text: `Merged ${counted(merged.length, 'thing')}: "kgot knowledge split --resolution ${id}" undoes it.`,
      },
      ...(gone.length > 0 ? [{ text: `${counted(gone.length, 'thing')} left: it was changed meanwhile.` }] : []),
    ];
    session.print({ ...resolution, resolution: id, merged, gone }, defangPage([{ lines }], []));
  });
}

async function search(
  session: Session,
  graph: Graph,
  { threshold, on }: { threshold: number | undefined; on: Place },
): Promise<Resolution> {
  const what = `Comparing ${counted(graph.nodes.size, 'thing')}`;
  session.painter.paint([`${what} …`], `${what} …`);
  const progress = (done: number, total: number): void =>
    session.painter.paint([`${what}: ${done} of ${counted(total, 'part')}`], `${what} …`);
  const run = await RUN_ON[on](session, { progress, signal: session.signal });
  const resolution = await resolveKnowledge(graph, { threshold, run });
  session.painter.paint([], `${what} …`);
  return resolution;
}

/** Threads and ranks are loaded when they are asked for. */
const RUN_ON: Record<Place, (session: Session, watch: ResolveWatch) => Promise<RunResolve>> = {
  here: (_session, watch) => Promise.resolve(runHere(watch)),
  threads: async (_session, watch) => (await import('../../src/jobs/resolve-job.ts')).resolveOnThreads(watch),
  mpi: async (session, watch) => {
    const { resolveOnThreads, resolveWith } = await import('../../src/jobs/resolve-job.ts');
    const { MpiDistributedProcessor } = await import('../../src/mpi/index.ts');
    const { orOnThreads } = await import('../../src/mpi/launcher/or-on-threads.ts');
    const log = (line: string): void => session.say(line);
    const onRanks = resolveWith(new MpiDistributedProcessor({ log }), watch);
    return (...call) =>
      orOnThreads(
        () => onRanks(...call),
        (why) => {
          session.say(`On threads, as there is no MPI: ${why}`);
          return resolveOnThreads(watch)(...call);
        },
      );
  },
};

function foundLines({ clusters, doubtful, entities, compared }: Resolution): Line[] {
  const left = clusters.length - MOST_CLUSTERS;
  const sum = `${counted(compared, 'pair')} of ${counted(entities, 'thing')} compared`;
  if (clusters.length + doubtful.length === 0) return [{ text: `${sum}: nothing is there twice.` }];
  return [
    { text: `${sum}: ${counted(clusters.length, 'thing')} there under several spellings, the most certain first.` },
    ...clusters.slice(0, MOST_CLUSTERS).map(clusterLine),
    ...(left > 0 ? [{ text: `${left} more: --json shows all.` }] : []),
    ...(doubtful.length === 0
      ? []
      : [{ text: `${counted(doubtful.length, 'pair')} in doubt, left apart: one of the two may be another as well.` }]),
    ...doubtful.slice(0, MOST_DOUBTFUL).map(({ names, score }): Line => {
      return { mark: '?', text: `${names.join(' / ')} (${score.toFixed(2)})`, tone: 'quiet' };
    }),
  ];
}

function clusterLine({ name, labels, others }: FoundCluster): Line {
  return {
    mark: '•',
    text: `${name} (${labels.join(', ')}) ← ${others.map((other) => other.name).join(', ')}`,
    lines: others.map(({ reason }): Line => ({ text: reason, tone: 'quiet' })),
  };
}

function textOf({ mark, text, lines = [] }: Line): string {
  return [`${mark === undefined ? '' : `${mark} `}${text}`, ...lines.map((line) => `  ${textOf(line)}`)].join('\n');
}

function split(name: string | undefined, { resolution, ...options }: SplitOptions): Promise<void> {
  if ((name === undefined) === (resolution === undefined)) {
    throw new UserError('Say what to take out: a spelling, or --resolution ID.', { exitCode: 2 });
  }
  return withKnowledge(options, async (session, store) => {
    const graph = await store.read(KNOWLEDGE);
    const spellings = mergedSpellings(graph);
    const done =
      resolution === undefined
        ? await splitName(store, graph, spellings, name!)
        : await splitAll(store, spellings, resolution);
    const names = done.split.map(({ name: shown, key }) => `${shown} (of ${displayName(graph, key)})`);
    const more = names.length - MOST_CLUSTERS;
    const lines: Line[] = [
      {
        text: `Taken out: ${names.slice(0, MOST_CLUSTERS).join(', ') || 'nothing'}${more > 0 ? ` and ${more} more` : ''}.`,
      },
      ...done.left.slice(0, MOST_CLUSTERS).map((spelling): Line => ({ mark: '✗', text: whyLeft(spelling) })),
    ];
    session.print({ split: done.split, left: done.left }, defangPage([{ lines }], []));
  });
}

async function splitName(
  store: GraphStore,
  graph: Graph,
  spellings: readonly MergedSpelling[],
  name: string,
): Promise<Split> {
  const meant = spellings.filter(({ name: own }) => normalizeName(own) === normalizeName(name));
  const [spelling] = meant;
  if (spelling === undefined) throw noSpelling(graph, name);
  if (meant.length > 1) {
    const nodes = meant.map(({ key }) => displayName(graph, key));
    throw new UserError(
      defangLinks(
        `${JSON.stringify(name)} is a spelling of ${nodes.join(' and of ')}: forget or resolve one of them first.`,
        [],
      ),
    );
  }
  const done = await splitMerged(
    store,
    ({ key, spelling: own }) => key === spelling.key && own === spelling.spelling,
    'kgot knowledge split',
  );
  if (done.split.length === 0) throw new UserError(defangLinks(whyLeft(done.left[0] ?? spelling), []));
  return done;
}

function noSpelling(graph: Graph, name: string): UserError {
  const keys = [...graph.nodes.values()].filter(
    (node) => normalizeName(String(node.properties['name'] ?? node.key)) === normalizeName(name),
  );
  if (keys.length === 0) return wrongName(graph, name, []);
  return new UserError(defangLinks(`${JSON.stringify(name)} is a thing of its own: there is nothing to take out.`, []));
}

function whyLeft({ name, inside }: MergedSpelling): string {
  return inside === undefined
    ? `${name} stays: another thing has its key by now.`
    : `${name} stays: it came with ${inside}, which was merged later. Take that out first.`;
}

async function splitAll(store: GraphStore, spellings: readonly MergedSpelling[], resolution: string): Promise<Split> {
  const known = new Set(spellings.flatMap(({ source }) => resolutionOf(source) ?? []));
  if (known.has(resolution)) return splitResolution(store, resolution);
  const there = known.size === 0 ? 'it holds none' : `it holds ${[...known].slice(-MOST_NAMED).join(', ')}`;
  throw new UserError(`The knowledge graph holds nothing of a resolution ${JSON.stringify(resolution)}; ${there}.`);
}
