import { ApplicationFailure, Context } from '@temporalio/activity';
import { availableParallelism } from 'node:os';
import { slotsOfHosts } from '../src/mpi/launcher/hosts.ts';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { readSetting } from '../src/config/read-setting.ts';
import { readCostEntries } from '../src/cost/call-records.ts';
import { keepScopes } from '../src/cost/run-scopes.ts';
import { tokenPrice } from '../src/cost/prices.ts';
import type { PrepareCall, Prepared, ReconcileCall, ReconcileResult, RemindCall } from '../src/domain/activities.ts';
import { maximumTokens, reserve } from '../src/domain/budget.ts';
import { sumEntries } from '../src/domain/ledger.ts';
import { QUEUES } from '../src/domain/queues.ts';
import { modelsLabel } from '../src/domain/models.ts';
import { planRun, QUESTION } from '../src/domain/plan-run.ts';
import type { Budget, FilledOptions, RunInput, RunModels, RunOptions } from '../src/domain/run.ts';
import { DEFAULT_OPTIONS, runFolder } from '../src/domain/run.ts';
import { SEARCH_ATTRIBUTES } from '../src/domain/search-attributes.ts';
import { STEP_RULES } from '../src/domain/steps.ts';
import { validateRunInput } from '../src/domain/validate.ts';
import type { GraphStores } from '../src/graph/stores.ts';
import { PerformanceHistory } from '../src/optimizer/history.ts';
import { costRates } from '../src/cost/cost-rates.ts';
import { runPerformance, runRecord } from '../src/optimizer/run-record.ts';
import { resolveModels } from '../src/model/resolve.ts';
import { limitsOf } from './budget.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { storeList } from './run-documents.ts';

/** The activities of the workflow's own queue. */
export function createRunActivities({
  artifacts,
  graphs,
  env = process.env,
}: {
  artifacts: ArtifactStore;
  graphs: GraphStores;
  env?: NodeJS.ProcessEnv;
}): Record<string, (...args: never[]) => Promise<unknown>> {
  const history = new PerformanceHistory(artifacts);
  return {
    'run.prepare': (call: PrepareCall): Promise<Prepared> =>
      withHeartbeat((signal) => prepare({ artifacts, graphs, history, env }, call, signal)),
    'run.reconcile': (call: ReconcileCall): Promise<ReconcileResult> =>
      withHeartbeat(() => reconcile(artifacts, history, env, call)),
    'run.remind': (call: RemindCall): Promise<void> => withHeartbeat((signal) => remind(call, env, signal)),
    /** The input of one question of a batch, by content hash. */
    'run.loadInput': (sha256: string): Promise<RunInput> =>
      withHeartbeat(async () => JSON.parse((await artifacts.getContent(sha256)).toString()) as RunInput),
  };
}

/** Archives of which it is told what was left out. */
const TOLD_ARCHIVES = 10;

interface PrepareParts {
  artifacts: ArtifactStore;
  graphs: GraphStores;
  history: PerformanceHistory;
  env: NodeJS.ProcessEnv;
}

/** Anyone may start a run with a plain Temporal client: what arrives is validated here, whoever sent it. */
async function prepare(
  { artifacts, graphs, history, env }: PrepareParts,
  call: PrepareCall,
  signal: AbortSignal,
): Promise<Prepared> {
  const problems = validateRunInput(call.input);
  if (problems.length > 0) throw refuse('InvalidInput', problems.join(' '));
  const { question, documents = [] } = call.input;
  const models = call.input.options?.models ?? resolveModels({}, env);
  if (models === undefined) {
    throw refuse(
      'NoModel',
      'The run names no models and the worker was started without one: give options.models, or start the worker with KGOT_MODEL.',
    );
  }
  const id = runFolder(call.workflowId, call.firstExecutionRunId);
  const { plan, options } = await makePlan(call.input.options, models, history);
  const prices = {
    planner: tokenPrice(models.planner),
    executor: tokenPrice(models.executor),
    ...(models.cheap === undefined ? {} : { cheap: tokenPrice(models.cheap) }),
  };
  checkBudget(options, question, prices, models);
  const scopes = options.budgetScopes ?? [];
  for (const limit of await limitsOf(scopes)) checkPrices(limit, prices, models);
  await checkSearchAttributes();
  // A graph server that refuses is told of before anything is paid for; one that is away is waited for.
  await withFailures(async () => graphs.of(options.graph).describe(id));
  const { documentsSha256, documentTokens, leftOut } = await storeList(artifacts, documents, signal);
  await keepScopes(artifacts, id, scopes);
  return {
    run: {
      id,
      question,
      documentsSha256,
      ...(options.graph === DEFAULT_OPTIONS.graph ? {} : { graph: options.graph }),
    },
    options,
    models,
    prices,
    plan,
    documentTokens,
    ...(leftOut.length === 0 ? {} : { leftOut: leftOut.slice(0, TOLD_ARCHIVES) }),
    queues: { model: QUEUES.model, graph: QUEUES.graph, tools: call.input.options?.toolQueues ?? [QUEUES.tools] },
  };
}

/** How the run will go, by how runs of its task type went before. */
async function makePlan(
  given: RunOptions | undefined,
  models: RunModels,
  history: PerformanceHistory,
): Promise<ReturnType<typeof planRun>> {
  const options = given ?? {};
  return planRun(options, {
    ...(await history.observe(options.taskType ?? QUESTION, modelsLabel(models))),
    available: { cheapModel: models.cheap !== undefined, threads: availableParallelism() - 1, ranks: slotsOfHosts() },
  });
}

/** Adds up the run's records; of a run that has ended it is kept how it went. */
async function reconcile(
  artifacts: ArtifactStore,
  history: PerformanceHistory,
  env: NodeJS.ProcessEnv,
  { run, outcome }: ReconcileCall,
): Promise<ReconcileResult> {
  const entries = await readCostEntries(artifacts, run.id);
  const ledger = sumEntries(entries);
  if (outcome === undefined) return ledger;
  const performance = runPerformance(outcome, ledger, entries, {
    bytes: await artifacts.bytesBelow(`runs/${run.id}`),
    rates: costRates(env),
  });
  await history.add(runRecord(run.id, outcome, ledger, performance));
  return { ...ledger, performance };
}

/** Tells that a tool call waits for a person: in the worker's log, and by a POST to KGOT_APPROVAL_WEBHOOK where that is set. */
async function remind({ run, call, reminder }: RemindCall, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { log, info } = Context.current();
  const webhook = readSetting('approvalWebhook', env);
  const { workflowId } = info.workflowExecution ?? { workflowId: run.id };
  log.info('A tool call waits for a person', { workflowId, tool: call.tool, id: call.id, until: call.until, reminder });
  if (webhook === undefined) return;
  const response = await fetch(webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ workflowId, question: run.question, call, reminder }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  if (!response.ok) throw new Error(`KGOT_APPROVAL_WEBHOOK answered with status ${response.status}.`);
}

function refuse(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}

/** Tokens of the smallest graph that a last answer should show. */
const SMALLEST_VIEW = 250;

function checkBudget(
  { budget }: FilledOptions,
  question: string,
  prices: Prepared['prices'],
  models: Prepared['models'],
): void {
  if (budget === undefined) return;
  checkPrices(budget, prices, models);
  const least = reserve(maximumTokens(question) + SMALLEST_VIEW, STEP_RULES.answerDirectly, prices.planner);
  if ((budget.tokens ?? Infinity) < least.tokens || (budget.dollars ?? Infinity) < (least.dollars ?? 0)) {
    throw refuse(
      'BudgetTooSmall',
      `The budget does not hold one answer: that may take ${least.tokens} tokens${least.dollars ? ` or $${least.dollars.toFixed(6)}` : ''}.`,
    );
  }
}

function checkPrices({ dollars }: Budget, prices: Prepared['prices'], models: Prepared['models']): void {
  const unpriced = (['planner', 'executor', 'cheap'] as const).find((role) => prices[role] === null);
  if (dollars === undefined || unpriced === undefined) return;
  const { provider, name } = models[unpriced]!;
  throw refuse(
    'PriceUnknown',
    `A budget in dollars needs known prices, and that of ${provider}:${name} is unknown: give the budget in tokens.`,
  );
}

/** A server that lacks the search attributes would fail every workflow task for ever: say so instead. */
async function checkSearchAttributes(): Promise<void> {
  const { client, info } = Context.current();
  const namespace = info.namespace;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const flags = missing.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
  throw refuse(
    'SearchAttributesMissing',
    `The namespace ${namespace} lacks the search attributes ${missing.map(({ name }) => name).join(', ')}: run "temporal operator search-attribute create ${flags}", or start runs with the kgot command, which does it.`,
  );
}
