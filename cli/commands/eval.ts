import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { isOpen } from '../../src/client/is-open.ts';
import { userPath } from '../../src/config/paths.ts';
import type { BatchProgress, BatchQuestion, BatchRow } from '../../src/domain/batch.ts';
import { fairnessKey, NOTHING_SEEN, planExecution } from '../../src/domain/plan-execution.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import type { RunInput, RunModels } from '../../src/domain/run.ts';
import { canonicalJson } from '../../src/domain/text.ts';
import { settingOption } from '../configuration.ts';
import { messageOf, UserError } from '../errors.ts';
import { CONTROLS, documentsFor, readQuestions } from '../eval/data.ts';
import type { Control, Question } from '../eval/data.ts';
import { CHEAP_ORACLE } from '../eval/noise.ts';
import { reportOf, reportText } from '../eval/report.ts';
import { defaultResultsFile, evaluationHash, resultRow, Results } from '../eval/results.ts';
import { startOracle } from '../eval/start-oracle.ts';
import type { RunningOracle } from '../eval/start-oracle.ts';
import { storeDocuments } from '../documents.ts';
import {
  modelsOf,
  runOptionsOf,
  share,
  toolFilesOf,
  toolQueuesOf,
  WAYS_TO_HAVE_A_MODEL,
  wholeNumber,
} from '../options.ts';
import type { GlobalOptions, RunFlags } from '../options.ts';
import { inTime } from '../runtime/in-time.ts';
import { requireScopes } from './budget.ts';
import type { Runtime } from '../runtime/open-runtime.ts';
import { Session } from '../session.ts';

interface EvalOptions extends GlobalOptions, RunFlags {
  concurrency?: number;
  limit?: number;
  results?: string;
  noise?: NoiseShares;
  seed: number;
  control?: Control;
}

/** The share of each oracle's requests that are broken. */
type NoiseShares = Record<'oracle' | typeof CHEAP_ORACLE, number>;

const NO_NOISE: NoiseShares = { oracle: 0, [CHEAP_ORACLE]: 0 };

function noiseShares(text: string): NoiseShares {
  if (!text.includes('=')) return { oracle: share(text), [CHEAP_ORACLE]: share(text) };
  const shares = { ...NO_NOISE };
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=').map((word) => word.trim());
    if (!(name in shares) || value === '') {
      throw new InvalidArgumentError(
        `Give a number from 0 to 1, or one for each oracle: oracle=0.2,${CHEAP_ORACLE}=0.4.`,
      );
    }
    shares[name as keyof NoiseShares] = share(value);
  }
  return shares;
}

/** Milliseconds between looks at a batch that works. */
const LOOK = 500;

export function addEvalCommand(command: Command): void {
  command
    .addOption(settingOption('concurrency', 'runs at once'))
    .option('--limit <n>', 'only the first questions', wholeNumber(1))
    .option('--results <file>', 'where the results go, a line a question')
    .option(
      '--noise <share>',
      'with --model oracle: the share of its requests that are broken; or one for each, as oracle=0.2,oracle-cheap=0.4',
      noiseShares,
    )
    .option('--seed <n>', 'with --noise: what the faults are drawn from', wholeNumber(0), 1)
    .option(
      '--control <name>',
      `${CONTROLS.join(' or ')}: the same questions with other documents`,
      (text): Control => {
        const control = CONTROLS.find((name) => name === text);
        if (control === undefined) throw new InvalidArgumentError(`Give ${CONTROLS.join(' or ')}.`);
        return control;
      },
    )
    .action((data: string, options: EvalOptions) => evaluate(data, options));
}

/** Answers the questions of a file and scores the answers. */
async function evaluate(data: string, options: EvalOptions): Promise<void> {
  const file = userPath(data);
  const questions = readQuestions(file).slice(0, options.limit);
  const oracle = options.model === 'oracle';
  if (!oracle && options.noise !== undefined) {
    throw new UserError('--noise breaks the requests to the oracle: give --model oracle with it.', { exitCode: 2 });
  }
  if (oracle && questions.some(({ decomposition }) => decomposition.length === 0)) {
    throw new UserError('The oracle needs gold decompositions, and the data has questions without one.', {
      exitCode: 2,
    });
  }
  const models = oracle ? undefined : modelsOf(options);
  if (!oracle && models === undefined) throw new UserError(WAYS_TO_HAVE_A_MODEL, { exitCode: 2 });
  if (oracle && options.cheapModel !== undefined && options.cheapModel !== CHEAP_ORACLE) {
    throw new UserError(`Beside the oracle there is one cheap model: give --cheap-model ${CHEAP_ORACLE}.`, {
      exitCode: 2,
    });
  }
  const { noise = NO_NOISE, seed, control, limit } = options;
  const evaluation = evaluationHash({
    data: createHash('sha256').update(readFileSync(file)).digest('hex'),
    limit,
    models: models ?? ['oracle', options.cheapModel],
    ...(noise.oracle > 0 || noise[CHEAP_ORACLE] > 0 ? { noise, seed } : {}),
    control,
    options: runOptionsOf(options),
    toolQueues: options.toolQueue,
    tools: toolFilesOf(options).map((path) => `${path} ${fileTime(path)}`),
  });
  await Session.run(options, {}, async (session) => {
    const started = performance.now();
    const runtime = await session.runtime();
    const resultsFile =
      options.results === undefined ? defaultResultsFile(runtime.dataDirectory, evaluation) : userPath(options.results);
    const ids = questions.map(({ id }) => id);
    const unfinished = Results.readUnfinished(resultsFile, evaluation, ids);
    const asked: Asked = { file, questions, evaluation, models, options };
    let server: RunningOracle | undefined;
    try {
      const begun = unfinished?.evaluation;
      const fromBefore = begun !== undefined && (await isOpen(runtime.client, begun.batch));
      if (oracle) {
        const port = fromBefore && begun.oracle !== undefined ? Number(new URL(begun.oracle).port) : 0;
        server = await startOracle({
          ...{ file, port },
          noise: { probability: noise.oracle, seed },
          cheapNoise: { probability: noise[CHEAP_ORACLE], seed },
        });
        if (fromBefore && begun.oracle !== server.url) {
          throw new UserError(
            `An unfinished evaluation asks its oracle at ${begun.oracle}, and that port is taken: free it, or remove ${resultsFile} to start anew.`,
          );
        }
      }
      const results = fromBefore
        ? unfinished!
        : await startBatch(session, runtime, resultsFile, unfinished, asked, server?.url);
      if (unfinished !== undefined) {
        session.say(
          `An unfinished evaluation goes on: ${results.rows.size} of ${questions.length} questions are done (${resultsFile}).`,
        );
      }
      await followBatch(session, results, questions);
      const rows = questions.map(({ id }) => results.rows.get(id)!);
      const report = reportOf(rows, {
        seconds: (performance.now() - started) / 1000,
        results: resultsFile,
        stats: await server?.stats(),
      });
      session.painter.paint([], '');
      session.print(report, reportText(report));
    } finally {
      server?.close();
    }
  });
}

interface Asked {
  file: string;
  questions: Question[];
  evaluation: string;
  models: RunModels | undefined;
  options: EvalOptions;
}

/** Starts the questions that have no result yet. */
async function startBatch(
  session: Session,
  runtime: Runtime,
  resultsFile: string,
  unfinished: Results | undefined,
  { questions, evaluation, models, options }: Asked,
  oracleUrl: string | undefined,
): Promise<Results> {
  await requireScopes(runtime, options.budgetScope);
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const documents = documentsFor(questions, options.control);
  const asked = oracleUrl === undefined ? models! : oracleModels(oracleUrl, options);
  const toolQueues = await toolQueuesOf(runtime, options);
  const batchQuestions: BatchQuestion[] = [];
  for (const { id, question } of questions) {
    if (unfinished?.rows.has(id) === true) continue;
    const input: RunInput = {
      question,
      documents: await storeDocuments(artifacts, documents.get(id)!),
      options: { ...runOptionsOf(options), models: asked, ...(toolQueues === undefined ? {} : { toolQueues }) },
    };
    batchQuestions.push({ id, inputSha256: await artifacts.putContent(canonicalJson(input)) });
  }
  const batch = `eval-${evaluation}-${Date.now().toString(36)}`;
  const results = Results.start(
    resultsFile,
    {
      evaluation,
      batch,
      ...(oracleUrl === undefined ? {} : { oracle: oracleUrl }),
      startedAt: new Date().toISOString(),
    },
    unfinished?.rows.values(),
  );
  await session.persist(async ({ client }) => {
    try {
      await client.workflow.start('answerBatch', {
        args: [{ questions: batchQuestions, concurrency: concurrencyOf(options) }],
        workflowId: batch,
        taskQueue: QUEUES.runs,
        workflowTaskTimeout: '5s',
        // Its runs inherit the key: a batch is one among those who wait.
        priority: { fairnessKey: fairnessKey(batch) },
        staticSummary: `evaluation of ${batchQuestions.length} questions`,
      });
    } catch (error) {
      // The start went through before the connection broke off.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  });
  return results;
}

function oracleModels(url: string, { cheapModel }: EvalOptions): RunModels {
  const reference = { provider: 'oracle', name: 'oracle', url };
  return {
    planner: reference,
    executor: reference,
    ...(cheapModel === undefined ? {} : { cheap: { provider: 'oracle', name: cheapModel, url } }),
  };
}

/** Runs at once where nobody says how many: as many as the strategy would keep going. */
function concurrencyOf(options: EvalOptions): number {
  if (options.concurrency !== undefined) return options.concurrency;
  const { strategy } = options;
  return planExecution(strategy === undefined || strategy === 'auto' ? {} : { strategy }, NOTHING_SEEN).concurrency;
}

/** Writes results down as they come, until the batch ends. */
async function followBatch(session: Session, results: Results, questions: readonly Question[]): Promise<void> {
  const byId = new Map(questions.map((question) => [question.id, question]));
  const enter = (rows: readonly BatchRow[]): void => {
    for (const row of rows) {
      const question = byId.get(row.id);
      if (question !== undefined) results.add(resultRow(question, row));
    }
  };
  const batch = results.evaluation.batch;
  const ended = new AbortController();
  const looking = (async () => {
    while (!ended.signal.aborted && !session.signal.aborted) {
      try {
        const { client, connection } = await session.runtime();
        const progress = await inTime(connection, 3_000, () =>
          client.workflow.getHandle(batch).query<BatchProgress>('batch'),
        );
        enter(progress.rows);
        const exact = [...results.rows.values()].filter(({ exactMatch }) => exactMatch).length;
        const line = `${results.rows.size} of ${questions.length} done, ${exact} right, ${progress.running.length} at work`;
        if (!ended.signal.aborted) session.painter.paint([line, ...progress.running.map((id) => `  … ${id}`)], line);
      } catch {
        // A look that fails is only a look: the batch's own result says how it went.
      }
      await delay(LOOK, undefined, { signal: AbortSignal.any([ended.signal, session.signal]) }).catch(() => undefined);
    }
  })();
  try {
    enter(await session.persist(({ client }) => client.workflow.getHandle(batch).result() as Promise<BatchRow[]>));
  } catch (error) {
    if (session.signal.aborted) {
      throw new UserError(`Interrupted. The evaluation stays open: the same command goes on with it.`, {
        exitCode: 130,
      });
    }
    throw new UserError(`The evaluation failed: ${messageOf(error)}`, { cause: error });
  } finally {
    ended.abort();
    await looking;
  }
}

/** A tool file that was changed makes another evaluation. */
function fileTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
