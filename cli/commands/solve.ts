import { join } from 'node:path';
import { runHandle } from '../../src/client/client.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { artifactsDirectory, dataDirectory } from '../../src/config/paths.ts';
import type { DocumentReference, RunInput, RunModels, RunOptions, RunResult } from '../../src/domain/run.ts';
import { UNKNOWN } from '../../src/domain/run.ts';
import { validateRunInput } from '../../src/domain/validate.ts';
import { BatchLog } from '../../src/graph/batches.ts';
import { drawGraph } from '../../src/graph/picture.ts';
import { BUILT_IN_OPTIONS, BUILT_IN_QUESTION, BUILT_IN_RECORDING } from '../built-in-question.ts';
import { storeDocuments } from '../documents.ts';
import { UserError } from '../errors.ts';
import { requireScopes } from './budget.ts';
import { followRun } from '../follow.ts';
import { modelsOf, runOptionsOf, toolQueuesOf, WAYS_TO_HAVE_A_MODEL } from '../options.ts';
import type { GlobalOptions, RunFlags } from '../options.ts';
import type { Runtime } from '../runtime/open-runtime.ts';
import { seenTexts } from '../safe-links.ts';
import { saveFile } from '../save-file.ts';
import { Session } from '../session.ts';
import { failureLines } from '../show/failures.ts';
import { defangLinks } from '../show/links.ts';
import { answerText } from '../show/run.ts';
import { startOrFollow } from '../start-or-follow.ts';

export type SolveOptions = GlobalOptions & RunFlags & { file?: string[] };

/** Answers one question, and shows how. */
export function solve(question: string | undefined, options: SolveOptions): Promise<void> {
  const asked = askedFor(question, options);
  // Before anything is started.
  refuseWrong({ question: asked.question, options: optionsOf(asked, options.toolQueue) });
  return Session.run(options, {}, async (session) => {
    if (asked.note !== undefined) session.say(asked.note);
    const documents = await documentsOf(session, asked.files);
    // An answer's seconds begin when the server is there.
    await session.runtime();
    const started = performance.now();
    const id = await session.persist((runtime) => answeringRun(session, runtime, asked, documents));
    const result = await followRun(session, id);
    await showResult(session, id, result, (performance.now() - started) / 1000);
    const runtime = await session.runtime();
    if (runtime.role === 'owner' && session.staysOpen) {
      session.say(`\nServer and UI stay up at ${runtime.uiUrl ?? runtime.address}; Ctrl-C ends them.`);
      await session.untilInterrupted();
    }
  });
}

interface Asked {
  question: string;
  /** Absent for the built-in question. */
  files?: string[];
  models: RunModels;
  options: RunFlags;
  note?: string;
}

function askedFor(question: string | undefined, options: SolveOptions): Asked {
  const models = modelsOf(options);
  if (question === undefined) {
    if (options.file !== undefined) throw new UserError('Give the question that the files are about.', { exitCode: 2 });
    const shared = { question: BUILT_IN_QUESTION };
    const flags: RunFlags = { ...BUILT_IN_OPTIONS, ...options };
    if (models !== undefined) return { ...shared, models, options: flags };
    const recorded = { provider: 'recorded', name: BUILT_IN_RECORDING };
    return {
      ...shared,
      models: { planner: recorded, executor: recorded },
      options: flags,
      note: 'No model is set: the model’s answers are a recording of a real one; all else is live. Set KGOT_MODEL for a live model.',
    };
  }
  if (models === undefined) throw new UserError(WAYS_TO_HAVE_A_MODEL, { exitCode: 2 });
  return { question, files: options.file ?? [], models, options };
}

/** Stores what the question is about, before anything is started: a file that cannot be read ends it here. */
async function documentsOf(session: Session, files: string[] | undefined): Promise<DocumentReference[]> {
  const artifacts = openDirectoryStore(artifactsDirectory(dataDirectory(session.options.data)));
  // What reads files takes longer to load than most commands need.
  if (files === undefined) {
    const { builtInDocuments } = await import('../built-in-documents.ts');
    return storeDocuments(artifacts, builtInDocuments());
  }
  if (files.length === 0) return [];
  const { findFiles } = await import('../files/find-files.ts');
  const { storeFiles } = await import('../files/store-files.ts');
  const found = await findFiles(files, (line) => session.say(line));
  const references = await storeFiles(artifacts, found, {
    signal: session.signal,
    say: (line) => session.say(line),
    progress: (done, all) => {
      if (all > QUIET) session.painter.paint([`Reading documents: ${done} of ${all}`], `Reading ${all} documents …`);
    },
  });
  session.painter.paint([], '');
  return references;
}

/** Documents that are read before a person wonders. */
const QUIET = 20;

async function answeringRun(
  session: Session,
  runtime: Runtime,
  { question, models, options }: Asked,
  documents: DocumentReference[],
): Promise<string> {
  const toolQueues = await toolQueuesOf(runtime, options);
  const input: RunInput = { question, documents, options: optionsOf({ models, options }, toolQueues) };
  refuseWrong(input);
  await requireScopes(runtime, input.options?.budgetScopes);
  const { id, goesOn } = await startOrFollow(runtime, input);
  if (goesOn) session.say(`An open run of the same question goes on: ${id}`);
  else session.say(`Run ${id}${runtime.uiUrl === undefined ? '' : `\n${linkOf(runtime, id)}`}`);
  return id;
}

function optionsOf({ models, options }: Pick<Asked, 'models' | 'options'>, toolQueues?: string[]): RunOptions {
  return { ...runOptionsOf(options), models, ...(toolQueues === undefined ? {} : { toolQueues }) };
}

function refuseWrong(input: RunInput): void {
  const problems = validateRunInput(JSON.parse(JSON.stringify(input)));
  if (problems.length > 0) throw new UserError(problems.join('\n'), { exitCode: 2 });
}

export function linkOf({ uiUrl, namespace }: Runtime, id: string): string | undefined {
  return uiUrl === undefined ? undefined : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}`;
}

export async function showResult(session: Session, id: string, result: RunResult, seconds: number): Promise<void> {
  const runtime = await session.runtime();
  const uiUrl = linkOf(runtime, id);
  const picture = await savePicture(runtime, result);
  const progress = await session.persist(({ client }) => runHandle(client, id).progress());
  const failures = result.answer === UNKNOWN ? failureLines(progress) : undefined;
  const text = answerText({ id, result, seconds, ...(uiUrl === undefined ? {} : { uiUrl }), picture, failures });
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const seen = await seenTexts(artifacts, result.graph.run, [progress.question, ...progress.hints, uiUrl]);
  session.painter.paint([], '');
  session.print({ id, ...result, seconds, uiUrl, picture, failures }, defangLinks(text, seen));
}

/** Draws the run's graph into the data directory. @returns the path as the user may type it */
export async function savePicture(
  { artifactsDirectory, dataDirectory }: Runtime,
  { graph: { run, revision } }: Pick<RunResult, 'graph'>,
): Promise<string> {
  const log = new BatchLog(openDirectoryStore(artifactsDirectory));
  const picture = await drawGraph(await log.read(run, revision));
  return saveFile(join(dataDirectory, 'graphs', `${run}.svg`), picture);
}
