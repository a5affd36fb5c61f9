import { createHash } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { userPath } from '../src/config/paths.ts';
import { QUEUES } from '../src/domain/queues.ts';
import type { Budget, Retrieval, RunModels, RunOptions } from '../src/domain/run.ts';
import { ModelNameError, resolveModels } from '../src/model/resolve.ts';
import { UserError } from './errors.ts';
import type { Runtime } from './runtime/open-runtime.ts';

/** Options of every command. */
export interface GlobalOptions {
  data?: string;
  json?: boolean;
  exit?: boolean;
}

/** Options of `solve` and `eval` that shape a run. */
export interface RunFlags {
  model?: string;
  planner?: string;
  executor?: string;
  rounds?: number;
  votes?: number;
  repairs?: number;
  retrieval?: Retrieval;
  budget?: Budget;
  toolQueue?: string[];
  tools?: string[];
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`Give a whole number from ${least}.`);
    }
    return value;
  };
}

/** One of the words that an option takes. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Give ${new Intl.ListFormat('en', { type: 'disjunction' }).format(words)}.`);
  };
}

export function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return value;
}

/** `0.05` or `$0.05` are dollars, `20000tokens` are tokens. */
export function parseBudget(text: string): Budget {
  const [, dollars, tokens] = /^\$?(\d+(?:\.\d+)?|\.\d+)$|^(\d+) ?tokens?$/.exec(text.trim()) ?? [];
  if (dollars !== undefined && Number(dollars) > 0) return { dollars: Number(dollars) };
  if (tokens !== undefined && Number(tokens) > 0) return { tokens: Number(tokens) };
  throw new InvalidArgumentError('Give dollars as 0.05 or $0.05, or tokens as 20000tokens.');
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--model <model>', 'openai:gpt-4o-mini, anthropic:…, google:…, ollama:…, or a name with KGOT_MODEL_URL')
    .option('--planner <model>', 'the model that votes, writes queries and answers')
    .option('--executor <model>', 'the model that chooses tools and reads their outputs')
    .option('--rounds <n>', 'turns of the loop at most (7)', wholeNumber(1))
    .option('--votes <n>', 'votes on the next step at most (5)', wholeNumber(1))
    .option('--repairs <n>', 'repairs of a failing query (3)', wholeNumber(0))
    .option('--retrieval <how>', 'query or direct (query)', (text): Retrieval => {
      if (text !== 'query' && text !== 'direct') throw new InvalidArgumentError('Give query or direct.');
      return text;
    })
    .option('--budget <amount>', 'dollars as 0.05, or tokens as 20000tokens', parseBudget)
    .option('--tool-queue <name>', 'a task queue whose tools the run may use besides (repeatable)', collect)
    .option('--tools <file>', 'a file whose tools the run may use besides (repeatable)', collect);
}

/** The run's models from flags and environment; undefined when none is set. */
export function modelsOf(flags: RunFlags): RunModels | undefined {
  try {
    return resolveModels(flags);
  } catch (error) {
    if (error instanceof ModelNameError) throw new UserError(error.message, { exitCode: 2 });
    throw error;
  }
}

export function runOptionsOf(flags: RunFlags): RunOptions {
  const { rounds, votes, repairs, retrieval, budget } = flags;
  return { rounds, votes, repairs, retrieval, budget };
}

export function toolFilesOf(flags: RunFlags): string[] {
  return (flags.tools ?? []).map((file) => userPath(file));
}

/** The queues whose tools a run may use, with those of `--tools` served beside; undefined for the built-in ones alone. */
export async function toolQueuesOf(runtime: Runtime, flags: RunFlags): Promise<string[] | undefined> {
  const files = toolFilesOf(flags);
  const queues = [...(flags.toolQueue ?? [])];
  if (files.length > 0) {
    const queue = `kgot-tools-${createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 8)}`;
    await runtime.startWorker(queue, files);
    queues.push(queue);
  }
  return queues.length > 0 ? [QUEUES.tools, ...queues] : undefined;
}

export const WAYS_TO_HAVE_A_MODEL = `No model is set. Ways to have one:
  KGOT_MODEL=openai:gpt-4o-mini       with OPENAI_API_KEY
  KGOT_MODEL=anthropic:NAME           with ANTHROPIC_API_KEY
  KGOT_MODEL=google:NAME              with GOOGLE_GENERATIVE_AI_API_KEY
  KGOT_MODEL=ollama:NAME              with Ollama on this machine
  KGOT_MODEL=NAME KGOT_MODEL_URL=http://HOST:PORT/v1   any OpenAI-compatible server (KGOT_MODEL_KEY its key)
or --model with the same. Without a question, "kgot" answers a built-in one on recorded answers.`;
