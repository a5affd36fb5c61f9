import { createHash } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { userPath } from '../src/config/paths.ts';
import { QUEUES } from '../src/domain/queues.ts';
import type { AskedStrategy, Saving } from '../src/domain/plan.ts';
import type {
  Budget,
  GraphBackEnd,
  Retrieval,
  RunModels,
  RunOptions,
  RunTarget,
  WhenOutOfBudget,
} from '../src/domain/run.ts';
import { ModelNameError, resolveModels } from '../src/model/resolve.ts';
import { addSettings, originOf } from './configuration.ts';
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
  cheapModel?: string;
  strategy?: AskedStrategy;
  taskType?: string;
  target?: RunTarget;
  priority?: number;
  reuseAnswers?: boolean;
  without?: Saving[];
  rounds?: number;
  votes?: number;
  repairs?: number;
  retrieval?: Retrieval;
  graph?: GraphBackEnd;
  remember?: boolean;
  recall?: boolean;
  budget?: Budget;
  budgetScope?: string[];
  whenOutOfBudget?: WhenOutOfBudget;
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

/** Flags of `solve` and `eval`. */
const RUN_SETTINGS = [
  'model',
  'planner',
  'executor',
  'cheapModel',
  'strategy',
  'taskType',
  'target',
  'priority',
  'reuseAnswers',
  'without',
  'rounds',
  'votes',
  'repairs',
  'retrieval',
  'graph',
  'remember',
  'recall',
  'budget',
  'budgetScopes',
  'whenOutOfBudget',
  'toolQueues',
  'tools',
] as const;

export function addRunOptions(command: Command): Command {
  return addSettings(command, RUN_SETTINGS);
}

/** The run's models from flags and configuration; undefined when none is set. */
export function modelsOf(flags: RunFlags): RunModels | undefined {
  try {
    return resolveModels(flags);
  } catch (error) {
    if (!(error instanceof ModelNameError)) throw error;
    const origin = error.setting === undefined ? '' : `${originOf(error.setting)}: `;
    throw new UserError(`${origin}${error.message}`, { exitCode: 2 });
  }
}

export function runOptionsOf(flags: RunFlags): RunOptions {
  const { strategy, taskType, target, priority, reuseAnswers: cache, without } = flags;
  const { rounds, votes, repairs, retrieval, graph, remember, recall, budget } = flags;
  const { budgetScope: budgetScopes, whenOutOfBudget } = flags;
  return {
    ...{ strategy, taskType, target, priority, cache, without },
    ...{ rounds, votes, repairs, retrieval, graph, remember, recall, budget, budgetScopes, whenOutOfBudget },
  };
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
