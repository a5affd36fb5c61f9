import { dirname } from 'node:path';
import { SimplePlugin } from '@temporalio/plugin';
import type { BundleOptions, ReplayWorkerOptions, WorkerInterceptors, WorkerOptions } from '@temporalio/worker';
import { createBudgetActivities } from '../activities/budget.ts';
import { createComputeActivities } from '../activities/compute.ts';
import { createGraphActivities } from '../activities/graph.ts';
import { createModelActivities } from '../activities/model.ts';
import { createRunActivities } from '../activities/run.ts';
import { secretsInterceptor } from '../activities/secrets-interceptor.ts';
import { spendingInterceptor } from '../activities/spending-interceptor.ts';
import { createToolActivities } from '../activities/tools.ts';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { artifactsDirectory } from '../src/config/paths.ts';
import { parallelSettings } from '../src/config/parallel.ts';
import { graphServers } from '../src/config/services-state.ts';
import { QUEUES } from '../src/domain/queues.ts';
import { GraphStores } from '../src/graph/stores.ts';
import { builtInToolsOf } from '../src/tools/built-in/index.ts';
import { ModelCaller } from '../src/model/model-caller.ts';
import { ModelTurns } from '../src/optimizer/worker/model-turns.ts';
import { toolConcurrency } from '../src/optimizer/worker/tool-concurrency.ts';
import { WorkerEngine } from '../src/optimizer/worker/worker-engine.ts';
import { InvalidJob } from '../src/jobs/errors.ts';
import { isJob } from '../src/jobs/job.ts';
import type { Job } from '../src/jobs/job.ts';
import type { Tool } from '../src/tools/define-tool.ts';
import { workflowInterceptors, workflowsPath } from './workflow-bundle.ts';

export interface KgotPluginOptions {
  /** Tools to serve besides: with the built-in ones on `kgot-tools`, alone on a queue of any other name. */
  tools?: readonly Tool[];
  /** Jobs to serve on `kgot-compute`, by their names. */
  jobs?: readonly Job[];
  /**
   * The artifact store's directory: the same for all workers of a host and whoever starts runs.
   * @default `artifacts` in the data directory (KGOT_DATA, else `.kgot`)
   */
  artifactsDirectory?: string;
}

/**
 * Makes a Temporal worker serve its part of kgot's runs, by its task queue: the workflows on `kgot`, model calls on
 * `kgot-model`, graph calls on `kgot-graph`, jobs on `kgot-compute`, the built-in tools on `kgot-tools`, and `tools` alone on any other.
 *
 * @example
 * ```ts
 * const worker = await Worker.create({ taskQueue: 'weather-tools', plugins: [new KgotPlugin({ tools: [forecast] })] });
 * ```
 */
export class KgotPlugin extends SimplePlugin {
  readonly #artifactsDirectory: string;
  readonly #tools: readonly Tool[];
  readonly #jobs: readonly Job[];
  #graphs: GraphStores | undefined;
  #caller: ModelCaller | undefined;

  constructor(options: KgotPluginOptions = {}) {
    super({ name: 'KgotPlugin' });
    this.#artifactsDirectory = options.artifactsDirectory ?? artifactsDirectory();
    this.#tools = options.tools ?? [];
    this.#jobs = checkedJobs(options.jobs ?? []);
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    // A plugin of both the connection and the worker is applied twice.
    if (options.interceptors?.activity?.includes(activityInterceptors)) return options;
    // What is bundled has its interceptors.
    const bundles = options.taskQueue === QUEUES.runs && options.workflowBundle === undefined;
    return {
      ...options,
      activities: { ...options.activities, ...this.#activities(options.taskQueue) },
      ...(bundles ? { workflowsPath: options.workflowsPath ?? workflowsPath } : {}),
      interceptors: withInterceptors(options.interceptors, bundles),
    };
  }

  override configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return {
      ...options,
      ...(options.workflowBundle === undefined ? { workflowsPath: options.workflowsPath ?? workflowsPath } : {}),
      interceptors: withInterceptors(options.interceptors, true),
    };
  }

  override configureBundler(options: BundleOptions): BundleOptions {
    return {
      ...options,
      workflowInterceptorModules: [...(options.workflowInterceptorModules ?? []), workflowInterceptors],
    };
  }

  /** Ends the query processes. */
  async close(): Promise<void> {
    await this.#graphs?.close();
  }

  #activities(taskQueue: string): object {
    const artifacts = openDirectoryStore(this.#artifactsDirectory);
    switch (taskQueue) {
      case QUEUES.runs:
        return {
          ...createRunActivities({ artifacts, graphs: this.#graphStores(artifacts) }),
          ...createBudgetActivities({ artifacts }),
        };
      case QUEUES.model:
        return createModelActivities({
          artifacts,
          graphs: this.#graphStores(artifacts),
          caller: this.#callerOf(artifacts),
        });
      case QUEUES.graph:
        return createGraphActivities({ graphs: this.#graphStores(artifacts), artifacts });
      case QUEUES.compute:
        return createComputeActivities({ jobs: this.#jobs, artifacts });
      default: {
        const tools = taskQueue === QUEUES.tools ? [...builtInToolsOf(), ...this.#tools] : this.#tools;
        if (tools.length === 0) return {};
        return createToolActivities({
          ...{ tools, queue: taskQueue, artifacts, caller: this.#callerOf(artifacts) },
          turns: new WorkerEngine(toolConcurrency()),
        });
      }
    }
  }

  /** One for all queues of a process: a model's concurrency limit holds for its steps and its tools together. */
  #callerOf(artifacts: ArtifactStore): ModelCaller {
    this.#caller ??= new ModelCaller({ artifacts, turns: new ModelTurns() });
    return this.#caller;
  }

  /** One for all queues of a process: what a batch made of a graph, prompts show without reading it again. */
  #graphStores(artifacts: ArtifactStore): GraphStores {
    this.#graphs ??= new GraphStores({
      artifacts,
      servers: () => graphServers(dirname(this.#artifactsDirectory)),
      parallel: parallelSettings(),
    });
    return this.#graphs;
  }
}

/** @throws {InvalidJob} */
function checkedJobs(jobs: readonly Job[]): readonly Job[] {
  const names = new Set<string>();
  for (const job of jobs) {
    if (!isJob(job))
      throw new InvalidJob('The option jobs holds what is no job: give what defineJob({name, module}) returned.');
    if (names.has(job.name)) throw new InvalidJob(`Two jobs are called ${job.name}: each needs a name of its own.`);
    names.add(job.name);
  }
  return jobs;
}

const activityInterceptors = (): { inbound: typeof spendingInterceptor } => ({ inbound: spendingInterceptor });
/** Inside of those that log and trace: what they are told holds no secret. */
const secretInterceptors = (): { inbound: typeof secretsInterceptor } => ({ inbound: secretsInterceptor });

function withInterceptors(given: WorkerInterceptors | undefined, workflows: boolean): WorkerInterceptors {
  return {
    ...given,
    activity: [...(given?.activity ?? []), secretInterceptors, activityInterceptors],
    ...(workflows ? { workflowModules: [...(given?.workflowModules ?? []), workflowInterceptors] } : {}),
  };
}
