import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { parallelSettings } from '../config/parallel.ts';
import { SettingError } from '../config/read-setting.ts';
import { GRAPH_BACK_ENDS } from '../domain/run.ts';

function whole(least: number) {
  const advice = `give a whole number from ${least}`;
  return z.int(advice).min(least, advice).optional();
}

function dollars(least: 'from 0' | 'above 0') {
  const advice = `give US dollars ${least}`;
  const amount = z.number(advice);
  return (least === 'from 0' ? amount.min(0, advice) : amount.gt(0, advice)).optional();
}

const RATE = 'give starts a second above 0, or Infinity';
const SECONDS = 'give seconds from 0';
const BACK_END = `give ${GRAPH_BACK_ENDS.slice(0, -1).join(', ')} or ${GRAPH_BACK_ENDS.at(-1)}`;

/** A section of a component that this version does not have: nothing would heed what stood there. */
const nothingYet = z.strictObject({}).optional();

const Config = z.strictObject({
  asyncExecution: z
    .strictObject({
      concurrency: whole(1),
      rate: z.custom<number>((value) => typeof value === 'number' && value > 0, RATE).optional(),
      burst: whole(1),
      waiting: whole(0),
      cacheSeconds: z.number(SECONDS).min(0, SECONDS).optional(),
      cacheEntries: whole(0),
      threads: whole(0),
    })
    .optional(),
  graphParallelization: z
    .strictObject({
      backEnd: z.enum(GRAPH_BACK_ENDS, BACK_END).optional(),
      maxParallelQueries: whole(1),
      batchSize: whole(1),
      batchDelay: whole(0),
      cacheSeconds: z.number(SECONDS).min(0, SECONDS).optional(),
    })
    .optional(),
  costOptimization: z
    .strictObject({
      maxCostPerOperation: dollars('above 0'),
      cpuSecond: dollars('from 0'),
      memoryGibSecond: dollars('from 0'),
      storageGibMonth: dollars('from 0'),
    })
    .optional(),
  workStealing: z.strictObject({ threads: whole(1), interleaved: whole(1), grace: whole(0) }).optional(),
  mpi: z.strictObject({ ranks: whole(1), interleaved: whole(1), grace: whole(0), stallSeconds: whole(1) }).optional(),
  scaling: nothingYet,
});

/** The optimizer's sections of the configuration; what is absent has its default. */
export type OptimizerConfig = z.input<typeof Config>;

/**
 * The sections, checked; settings of graphs in the environment (`graphParallelQueries` and so on) fill in what is absent.
 *
 * @throws {SettingError} naming what is wrong, and what would be right
 */
export function optimizerConfig(given: OptimizerConfig = {}, env: NodeJS.ProcessEnv = process.env) {
  const { data, error } = Config.safeParse(given);
  if (error !== undefined) throw problemOf(error.issues[0]!, given);
  const { asyncExecution = {}, graphParallelization = {}, costOptimization = {}, workStealing = {}, mpi } = data;
  const { threads = availableParallelism(), ...engine } = asyncExecution;
  const { backEnd = 'embedded', ...graph } = graphParallelization;
  return {
    threads,
    engine: withoutAbsent(engine),
    backEnd,
    graph: { ...parallelSettings(env), ...withoutAbsent(graph) },
    /** What was given of sections that may have come too late. */
    given: { graph: Object.keys(graphParallelization)[0], cost: Object.keys(costOptimization)[0] },
    cost: withoutAbsent(costOptimization),
    workStealing: withoutAbsent(workStealing),
    /** Absent where no ranks are asked for. */
    mpi: mpi === undefined ? undefined : withoutAbsent(mpi),
  };
}

function problemOf(issue: z.core.$ZodIssue, given: unknown): SettingError {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(shapeAt(path));
    const right = known.length === 0 ? 'this version has nothing that would heed it' : `there are ${known.join(', ')}`;
    return new SettingError([...path, issue.keys[0]!].join('.'), `is no setting of the optimizer: ${right}.`);
  }
  const value = path.reduce<unknown>((from, name) => (from as Record<string, unknown> | undefined)?.[name], given);
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return new SettingError(path.join('.') || 'config', `is ${shown}: ${issue.message}.`);
}

function shapeAt(path: readonly string[]): Record<string, unknown> {
  const [section] = path;
  if (section === undefined) return Config.shape;
  return Config.shape[section as keyof typeof Config.shape].unwrap().shape;
}

function withoutAbsent<T extends object>(section: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as never;
}
