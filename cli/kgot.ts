/** The command `kgot`. */
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../src/config/paths.ts';
import { withoutSecrets } from '../src/config/secrets.ts';
import type { Budget } from '../src/domain/run.ts';
import { showUnseen } from '../src/domain/unseen.ts';
import { RunInputError } from '../src/client/run-input-error.ts';
import { SettingError } from '../src/config/read-setting.ts';
import { InvalidJob } from '../src/jobs/errors.ts';
import { ToolDefinitionError } from '../src/tools/definition-error.ts';
import type { SolveOptions } from './commands/solve.ts';
import {
  addSettings,
  configure,
  currentConfiguration,
  settingOption,
  settingParser,
  WITH_FLAG,
} from './configuration.ts';
import { messageOf, UserError } from './errors.ts';
import { addRunOptions } from './options.ts';
import type { GlobalOptions } from './options.ts';

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** Settings that every command takes as flags. */
const GLOBAL_SETTINGS = ['config', 'data', 'temporalAddress', 'temporalNamespace', 'temporalProfile'] as const;

function addGlobalOptions(command: Command): Command {
  return addSettings(command, GLOBAL_SETTINGS)
    .option('--json', 'print one JSON object on stdout')
    .option('--exit', 'do not stay open after the answer');
}

const program = new Command('kgot')
  .description('Answers hard questions with a knowledge graph of thoughts, as durable Temporal workflows.')
  .version(VERSION)
  .showSuggestionAfterError()
  .enablePositionalOptions()
  .exitOverride()
  .hook('preAction', (_program, action) => configure(action))
  .configureOutput({
    writeErr: (text) => process.stderr.write(text),
    outputError: (text, write) => write(`${text.trimEnd()}${hintFor(text)}\n`),
  });

/** Adds what a command takes and does. */
type Define = (command: Command) => void;

/** What is loaded once its command is named. */
const definitions = new Map<Command, () => Promise<Define>>();

/** Adds commands under a parent. `load` gives what else one takes, and what it does, where that is much to load. */
const adding =
  (parent: Command) =>
  (usage: string, description: string, load?: () => Promise<Define>): Command => {
    const added = addGlobalOptions(parent.command(usage).description(description)).exitOverride();
    if (load !== undefined) definitions.set(added, load);
    return added;
  };

const command = adding(program);

/** Adds a command that only has others. */
function group(name: string, description: string, load: () => Promise<Define>): void {
  definitions.set(program.command(name).description(description).exitOverride(), load);
}

program.hook('preSubcommand', async (_parent, named) => (await definitions.get(named)?.())?.(named));

addRunOptions(
  command('solve [question]', 'answer a question; without one, a built-in question').option(
    '--file <file>',
    'a document, archive or folder that the question is about (repeatable)',
    collect,
  ),
).action(async (question: string | undefined, options: SolveOptions) =>
  (await import('./commands/solve.ts')).solve(question, options),
);
command('up', 'keep server, UI and worker running').action(async (options: GlobalOptions) =>
  (await import('./commands/up.ts')).up(options),
);
group('services', 'start and end graph servers: Neo4j and RDF4J', async () => {
  const { addServicesCommands } = await import('./commands/services.ts');
  return (services) => addServicesCommands(adding(services));
});
group('knowledge', 'what runs have remembered: search it, forget it', async () => {
  const { addKnowledgeCommands } = await import('./commands/knowledge.ts');
  return (knowledge) => addKnowledgeCommands(adding(knowledge));
});
command('worker', 'serve task queues in this process')
  .addOption(settingOption('queues', 'a task queue to serve'))
  .addOption(settingOption('tools', 'a file whose tools are served on the tool queues'))
  .addOption(settingOption('jobs', 'a file whose jobs are served on kgot-compute'))
  .option('--check', 'only say whether a worker of this host polls the queues')
  .action(async (options: GlobalOptions) => (await import('./commands/worker.ts')).worker(options));
command('list', 'list the runs, the newest first', async () => (await import('./commands/list.ts')).addListCommand);
command(
  'show <id>',
  'tell how a run went, or goes, round by round',
  async () => (await import('./commands/show.ts')).addShowCommand,
);
command('resume <id>', 'follow a run that is open, or show its answer').action(
  async (id: string, options: GlobalOptions) => (await import('./commands/runs.ts')).resumeRun(id, options),
);
command('cancel <id>', 'cancel a run').action(async (id: string, options: GlobalOptions) =>
  (await import('./commands/runs.ts')).cancelRun(id, options),
);
command('hint <id> <text>', 'give an open run a hint').action(
  async (id: string, text: string, options: GlobalOptions) =>
    (await import('./commands/steer.ts')).hint(id, text, options),
);
command('raise <id>', 'raise the budget of an open run')
  .argument('<budget>', 'the new limit: dollars as 0.05, or tokens as 20000tokens', settingParser('budget'))
  .action(async (id: string, budget: Budget, options: GlobalOptions) =>
    (await import('./commands/steer.ts')).raise(id, budget, options),
  );
command('approve <id> [call]', 'let a tool call be made that waits; without CALL the only one').action(
  async (id: string, call: string | undefined, options: GlobalOptions) =>
    (await import('./commands/steer.ts')).approve(id, call, options),
);
command('reject <id> [call]', 'refuse a tool call that waits; without CALL the only one')
  .option('--reason <text>', 'told to the model')
  .action(async (id: string, call: string | undefined, options: GlobalOptions & { reason?: string }) =>
    (await import('./commands/steer.ts')).reject(id, call, options),
  );
command('budget', 'list the budgets that runs share; set and raise them', async () => {
  const { addBudgetCommands } = await import('./commands/budget.ts');
  return (budget) => addBudgetCommands(budget, adding(budget));
});
command(
  'graph <id>',
  'show, draw, write down or compare a run’s graph',
  async () => (await import('./commands/graph.ts')).addGraphCommand,
);
command('ledger <id>', 'show what a run has spent').action(async (id: string, options: GlobalOptions) =>
  (await import('./commands/runs.ts')).showLedger(id, options),
);
command(
  'cost [id]',
  'show what a run has cost, by step, tool or model, or what all runs have, by user',
  async () => (await import('./commands/cost.ts')).addCostCommand,
);
command(
  'analytics',
  'show what runs took and cost, by task type and strategy, and how that changes',
  async () => (await import('./commands/analytics.ts')).addAnalyticsCommand,
);
command('tools', 'list the tools')
  .addOption(settingOption('tools', 'a file of tools to list besides'))
  .action(async (options: GlobalOptions) => (await import('./commands/tools.ts')).listTools(options));
command(
  'mpiexec',
  'run a program on ranks of MPI, with what mpiexec needs',
  async () => (await import('./commands/mpiexec.ts')).addMpiexecCommand,
);
addSettings(
  command('config', 'print every setting, its value, and where that comes from'),
  WITH_FLAG.filter((name) => !GLOBAL_SETTINGS.some((global) => global === name)),
).action(async (options: GlobalOptions) => (await import('./commands/config.ts')).showConfiguration(options));
addSettings(command('codec-server', 'decrypt for Temporal’s UI and command line'), ['codecPort', 'uiOrigin']).action(
  async (options: GlobalOptions) => (await import('./commands/codec-server.ts')).codecServer(options),
);
command('eval <data>', 'answer many questions and score the answers', async () => {
  const { addEvalCommand } = await import('./commands/eval.ts');
  return (evaluation) => addEvalCommand(addRunOptions(evaluation));
});

/** What would be right, where commander only says what is wrong. */
function hintFor(error: string): string {
  if (/too many arguments for '(solve|eval|hint)'/.test(error)) return ' Put what has spaces in quotes.';
  if (error.includes('unknown command')) {
    return '\n"kgot help" lists the commands; a question of one word needs "kgot solve WORD".';
  }
  if (/unknown option|missing required argument|too many arguments/.test(error)) {
    return '\n"kgot help COMMAND" says what a command takes.';
  }
  return '';
}

/** `kgot "question" …` is short for `kgot solve "question" …`, and `kgot …` for `kgot solve …`. */
function withSolve(args: string[]): string[] {
  const [first, second] = args;
  const names = new Set(['help', ...program.commands.map((known) => known.name())]);
  // Help alone would not load what it is asked about.
  if (first === 'help' && second !== undefined && names.has(second)) return [second, '--help'];
  if (first !== undefined && (names.has(first) || /^(-h|--help|-V|--version)$/.test(first))) return args;
  // One word alone is more likely a mistyped command than a question.
  if (first !== undefined && /^[a-z]+$/.test(first)) {
    program.parse([first], { from: 'user' });
  }
  return ['solve', ...args];
}

try {
  const args = process.argv.slice(2);
  await program.parseAsync(withSolve(args), { from: 'user' });
  process.exit(process.exitCode ?? 0);
} catch (error) {
  process.exit(report(error));
}

/** @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (isDebugging()) console.error(withoutSecrets(inspect(error)));
  const message = showUnseen(withoutSecrets(messageOf(error)));
  process.stderr.write(`${message.startsWith('No model') || message === 'Interrupted.' ? '' : 'Error: '}${message}\n`);
  if (error instanceof UserError) return error.exitCode;
  const wrongInput = [InvalidJob, RunInputError, SettingError, ToolDefinitionError];
  return wrongInput.some((type) => error instanceof type) ? 2 : 1;
}

/** An error may be that the configuration cannot be read. */
function isDebugging(): boolean {
  try {
    return currentConfiguration().entries.get('debug')!.value === true;
  } catch {
    return false;
  }
}
