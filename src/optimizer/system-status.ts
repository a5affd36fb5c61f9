import { availableParallelism, freemem, loadavg } from 'node:os';
import type { ComputePlace } from '../domain/plan.ts';
import type { ComponentStatus, ComputeComponent } from './compute-component.ts';
import type { PerformanceOptimizerParts } from './performance-optimizer.ts';

/** A component: what it does now, or why it is not there. */
export type ComponentState = ({ available: true; slots: number } & ComponentStatus) | { available: false; why: string };

export interface SystemStatus {
  /** `degraded`: it goes on, but `problems` says what is amiss. */
  health: 'healthy' | 'degraded' | 'stopping' | 'stopped';
  problems: string[];
  resources: {
    cores: number;
    /** Processes that want a core, over a minute; absent where the system does not count them. */
    load?: number;
    /** MiB. */
    memory: { resident: number; heap: number; free: number };
  };
  /** By name: here, threads, workStealing (jobs on threads), ranks, graph. */
  components: Record<string, ComponentState>;
  queues: {
    /** Operations that were asked for and have not ended. */
    underWay: number;
    /** Of those, what waits for a place beside others of its task type. */
    waiting: number;
    byTaskType: Record<string, { running: number; waiting: number }>;
    /** Records that the history does not have yet. */
    unwritten: number;
  };
  /** What models' prices go by. */
  prices: { list: string; file?: { path: string; date: string } };
}

const MIB = 2 ** 20;

export function resourcesNow(): SystemStatus['resources'] {
  const { rss, heapUsed } = process.memoryUsage();
  const [load] = loadavg();
  return {
    cores: availableParallelism(),
    ...(process.platform === 'win32' ? {} : { load: load! }),
    memory: { resident: rss / MIB, heap: heapUsed / MIB, free: freemem() / MIB },
  };
}

const ABSENT = {
  threads: 'it has no threads: functions of modules run here',
  ranks: 'no ranks were asked for, as config.mpi does: their work is done by threads, or here',
};

/** What each component does now, or why it is not there. */
export function componentsNow({
  here,
  slots,
  compute,
  jobs,
  graph,
}: PerformanceOptimizerParts): Record<string, ComponentState> {
  const states: Record<string, ComponentState> = { here: stateOf(here.status, slots) };
  const computing = (place: ComputePlace): ComputeComponent | undefined =>
    compute.find((one) => one.place === place && one.slots > 0);
  states['threads'] = stateOrAbsence(computing('threads'), ABSENT.threads);
  states['workStealing'] = stateOf(jobs.threads.status, jobs.threads.slots);
  const ofJobs = jobs.ranks?.absence === undefined ? jobs.ranks : undefined;
  states['ranks'] = stateOrAbsence(computing('ranks') ?? ofJobs, jobs.ranks?.absence ?? ABSENT.ranks);
  states['graph'] =
    graph === undefined
      ? { available: false, why: 'no graphStore was given: graph operations are refused' }
      : stateOf(graph.engine.status, graph.slots);
  return states;
}

function stateOrAbsence(
  component: { status: ComponentStatus; slots: number } | undefined,
  why: string,
): ComponentState {
  return component === undefined ? { available: false, why } : stateOf(component.status, component.slots);
}

function stateOf({ running, waiting, abandoned, threads, processes }: ComponentStatus, slots: number): ComponentState {
  return { available: true, slots, running, waiting, abandoned, threads, processes };
}

/** What is amiss, in words. */
export function problemsOf(
  components: Record<string, ComponentState>,
  failures: { history: string | undefined; costControl: string | undefined },
): string[] {
  const problems = Object.entries(components).flatMap(([name, state]) =>
    state.available && state.abandoned > 0
      ? [`${state.abandoned} operations of ${name} were given up, and go on: they do not heed their signal.`]
      : [],
  );
  if (failures.history !== undefined) problems.push(`The history takes no records: ${failures.history}`);
  if (failures.costControl !== undefined) problems.push(`The cost control was not told: ${failures.costControl}`);
  return problems;
}
