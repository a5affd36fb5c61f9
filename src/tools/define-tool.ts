import { z } from 'zod';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { isJob } from '../jobs/job.ts';
import type { Job } from '../jobs/job.ts';
import type { JobRunner } from '../jobs/runner.ts';
import type { DocumentReference, ImageReference } from '../domain/run.ts';
import { ToolDefinitionError } from './definition-error.ts';

/** What a tool may use while it runs. */
export interface ToolContext {
  run: { id: string; question: string; documents: readonly DocumentReference[] };
  /** Aborts when the run is cancelled or the tool's time is up. */
  signal: AbortSignal;
  /** Tells Temporal that long work goes on; a process that lives is told by itself. */
  heartbeat(): void;
  /** Documents of the run, by their hash, and whatever the tool stores. */
  artifacts: ArtifactStore;
  /** Asks the run's executor model: recorded, limited and paid for like every call. */
  generate: Generate;
  /** Adds to what the call has cost, in US dollars, beside the tool's fixed `price`. */
  spend(dollars: number): void;
  /** The same for every attempt of one call: hand it to services that would act twice. */
  idempotencyKey: string;
  /** Where the plan of the run sends the tool's job, if not to the threads of this worker. */
  compute?: 'ranks';
  /**
   * Gives what an earlier call of this tool, of any run, made of an equal `part` within the tool's `cacheSeconds`, or makes
   * it. Both are plain data. For what several calls share, such as a document that is read page by page.
   */
  remember: <T>(part: unknown, make: () => Promise<T>) => Promise<T>;
}

/** One request to the run's executor: text, or an object where a schema is given. */
export interface Generate {
  (request: GenerateRequest): Promise<string>;
  <T>(request: GenerateRequest & { schema: z.ZodType<T> }): Promise<T>;
}

export interface GenerateRequest {
  prompt: string;
  system?: string;
  maxOutputTokens?: number;
  /** Images of the artifact store that the model is shown with the prompt. */
  images?: readonly ImageReference[];
}

export interface ToolOptions<Input, Output> {
  /** Activity type without `tool.`: lower case letters, digits and underscores. */
  name: string;
  /** Tells the model what the tool does and when to use it. */
  description: string;
  /** A zod object. */
  input: z.ZodType<Input>;
  output: z.ZodType<Output>;
  execute?: (input: Input, context: ToolContext) => Promise<Output> | Output;
  /**
   * In the place of `execute`: a job that is given the input, and whose output is the tool's. It runs over all cores of the worker; on the ranks of `KGOT_MPI_HOSTS`
   * where the run's plan says so.
   */
  job?: Job<unknown, Output>;
  timeouts?: {
    /** One attempt. Seconds. @default 60 */
    attemptSeconds?: number;
  };
  retry?: {
    /** @default 3; always 1 with side effects */
    attempts?: number;
  };
  /** The task queue that serves the tool; a worker of another refuses to start. @default its worker's */
  queue?: string;
  /** True for a tool that changes something outside: it gets one attempt. @default false */
  sideEffects?: boolean;
  /** How long an identical call of any run is answered from the cache. Seconds. @default 0: not at all */
  cacheSeconds?: number;
  /** What answers depend on besides the input, such as the service that is asked: the cache keeps them apart by it. */
  cacheKey?: string;
  /** Price of one call in US dollars; `null` when it is unknown. @default 0 */
  price?: number | null;
}

/** A tool with every default filled in. */
export interface Tool<Input = unknown, Output = unknown> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  readonly inputSchema: Record<string, unknown>;
  execute(input: Input, context: ToolContext): Promise<Output> | Output;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly queue?: string;
  readonly sideEffects: boolean;
  readonly cacheSeconds: number;
  readonly cacheKey?: string;
  readonly price: number | null;
}

const TOOL = Symbol.for('kgot.tool');

/**
 * Defines a tool: an activity type, a schema for the model and a line in `kgot tools`, in one place.
 *
 * @example
 * ```ts
 * export default defineTool({
 *   name: 'word_count',
 *   description: 'Counts the words of a text.',
 *   input: z.object({ text: z.string() }),
 *   output: z.number(),
 *   execute: ({ text }) => text.split(/\s+/).filter(Boolean).length,
 * });
 * ```
 * @throws {ToolDefinitionError} naming what is wrong and what would be right
 */
export function defineTool<Input, Output>(options: ToolOptions<Input, Output>): Tool<Input, Output> {
  const { name, description, input, output, job, timeouts, retry, queue, cacheKey } = options;
  const refuse = (problem: string): never => {
    throw new ToolDefinitionError(`Tool ${JSON.stringify(name)}: ${problem}`);
  };
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(name)) {
    refuse('its name must be lower case letters, digits and underscores, and start with a letter, as in search_web.');
  }
  if (typeof description !== 'string' || description.trim() === '') refuse('it needs a description for the model.');
  if (job !== undefined && options.execute !== undefined) refuse('it has both execute and job: give one.');
  if (job !== undefined && !isJob(job)) refuse('job must be what defineJob({name, module}) returned.');
  const execute = options.execute ?? (job === undefined ? undefined : running(job));
  if (typeof execute !== 'function') refuse('execute must be a function (input, context) => output, or job a job.');
  const sideEffects = options.sideEffects ?? false;
  const attempts = retry?.attempts ?? (sideEffects ? 1 : 3);
  if (!Number.isInteger(attempts) || attempts < 1) refuse('retry.attempts must be a whole number from 1.');
  if (sideEffects && attempts !== 1) refuse('with side effects it gets one attempt: leave out retry.attempts.');
  const timeoutSeconds = timeouts?.attemptSeconds ?? 60;
  if (!(timeoutSeconds > 0 && Number.isFinite(timeoutSeconds)))
    refuse('timeouts.attemptSeconds must be a number of seconds over 0.');
  const cacheSeconds = options.cacheSeconds ?? 0;
  if (!(cacheSeconds >= 0 && Number.isFinite(cacheSeconds))) refuse('cacheSeconds must be a number of seconds from 0.');
  const price = options.price === undefined ? 0 : options.price;
  if (price !== null && !(price >= 0 && Number.isFinite(price)))
    refuse('price must be US dollars from 0, or null when it is unknown.');
  if (queue !== undefined && (typeof queue !== 'string' || queue.trim() === '')) {
    refuse('queue must name a task queue, or be left out.');
  }
  const inputSchema = toJsonSchema(input, 'input', refuse);
  if (inputSchema['type'] !== 'object') refuse('input must be a zod object, as in z.object({ query: z.string() }).');
  readBack(inputSchema, refuse);
  toJsonSchema(output, 'output', refuse);
  return {
    [TOOL]: true,
    name,
    description: description.trim(),
    input,
    output,
    inputSchema,
    execute,
    timeoutSeconds,
    attempts,
    ...(queue === undefined ? {} : { queue }),
    sideEffects,
    cacheSeconds,
    ...(cacheKey === undefined ? {} : { cacheKey }),
    price,
  } as Tool<Input, Output>;
}

function running<Output>(job: Job<unknown, Output>): Tool<unknown, Output>['execute'] {
  return async (input, { signal, artifacts, compute }) => {
    const on = async (runner: JobRunner): Promise<Output> =>
      (await runner.run(job, input, { signal, artifacts })).output;
    // Loaded when a job is run: every process defines tools, and most run no jobs.
    const { processScheduler } = await import('../jobs/process-scheduler.ts');
    const onThreads = (): Promise<Output> => on(processScheduler());
    if (compute !== 'ranks') return onThreads();
    const { MpiDistributedProcessor } = await import('../mpi/index.ts');
    const { orOnThreads } = await import('../mpi/launcher/or-on-threads.ts');
    return orOnThreads(() => on(new MpiDistributedProcessor()), onThreads);
  };
}

function toJsonSchema(
  schema: z.ZodType,
  part: 'input' | 'output',
  refuse: (problem: string) => never,
): Record<string, unknown> {
  try {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-7', io: part }) as Record<string, unknown>;
    return json;
  } catch (error) {
    return refuse(
      `${part} must be a zod schema that JSON schema can express: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The step that chooses tools reads the schema back, to check what the model chose. */
function readBack(inputSchema: Record<string, unknown>, refuse: (problem: string) => never): void {
  try {
    z.fromJSONSchema(inputSchema, { defaultTarget: 'draft-7' });
  } catch (error) {
    refuse(
      `input must be a zod schema that can be read back from its JSON schema: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

export function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && TOOL in value;
}
