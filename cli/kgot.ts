/** The command `kgot`. */
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../src/config/paths.ts';
import { withoutSecrets } from '../src/config/secrets.ts';
import type { Budget } from '../src/domain/run.ts';
import { showUnseen } from '../src/domain/unseen.ts';
import { RunInputError } from '../src/client/client.ts';
import { SettingError } from '../src/config/read-setting.ts';
import { InvalidJob } from '../src/jobs/errors.ts';
import { ToolDefinitionError } from '../src/tools/definition-error.ts';
import { addAnalyticsCommand } from './commands/analytics.ts';
import { addBudgetCommands } from './commands/budget.ts';
import { codecServer } from './commands/codec-server.ts';
import { showConfiguration } from './commands/config.ts';
import { addCostCommand } from './commands/cost.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addGraphCommand } from './commands/graph.ts';
import { addKnowledgeCommands } from './commands/knowledge.ts';
import { addListCommand } from './commands/list.ts';
import { addMpiexecCommand } from './commands/mpiexec.ts';
import { cancelRun, resumeRun, showLedger } from './commands/runs.ts';
import { addServicesCommands } from './commands/services.ts';
import { addShowCommand } from './commands/show.ts';
import { solve } from './commands/solve.ts';
import type { SolveOptions } from './commands/solve.ts';
import { approve, hint, raise, reject } from './commands/steer.ts';
import { up } from './commands/up.ts';
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

const command = (usage: string, description: string): Command =>
  addGlobalOptions(program.command(usage).description(description)).exitOverride();

addRunOptions(
  command('solve [question]', 'answer a question; without one, a built-in question').option(
    '--file <file>',
    'a document, archive or folder that the question is about (repeatable)',
    collect,
  ),
).action((question: string | undefined, options: SolveOptions) => solve(question, options));
command('up', 'keep server, UI and worker running').action((options: GlobalOptions) => up(options));
const services = program.command('services').description('start and end graph servers: Neo4j and RDF4J').exitOverride();
addServicesCommands((usage, description) =>
  addGlobalOptions(services.command(usage).description(description)).exitOverride(),
);
const knowledge = program
  .command('knowledge')
  .description('what runs have remembered: search it, forget it')
  .exitOverride();
addKnowledgeCommands((usage, description) =>
  addGlobalOptions(knowledge.command(usage).description(description)).exitOverride(),
);
command('worker', 'serve task queues in this process')
  .addOption(settingOption('queues', 'a task queue to serve'))
  .addOption(settingOption('tools', 'a file whose tools are served on the tool queues'))
  .addOption(settingOption('jobs', 'a file whose jobs are served on kgot-compute'))
  .option('--check', 'only say whether a worker of this host polls the queues')
  // What takes long to load is loaded when it is asked for.
  .action(async (options: GlobalOptions) => (await import('./commands/worker.ts')).worker(options));
addListCommand(command('list', 'list the runs, the newest first'));
addShowCommand(command('show <id>', 'tell how a run went, or goes, round by round'));
command('resume <id>', 'follow a run that is open, or show its answer').action((id: string, options: GlobalOptions) =>
  resumeRun(id, options),
);
command('cancel <id>', 'cancel a run').action((id: string, options: GlobalOptions) => cancelRun(id, options));
command('hint <id> <text>', 'give an open run a hint').action((id: string, text: string, options: GlobalOptions) =>
  hint(id, text, options),
);
command('raise <id>', 'raise the budget of an open run')
  .argument('<budget>', 'the new limit: dollars as 0.05, or tokens as 20000tokens', settingParser('budget'))
  .action((id: string, budget: Budget, options: GlobalOptions) => raise(id, budget, options));
command('approve <id> [call]', 'let a tool call be made that waits; without CALL the only one').action(
  (id: string, call: string | undefined, options: GlobalOptions) => approve(id, call, options),
);
command('reject <id> [call]', 'refuse a tool call that waits; without CALL the only one')
  .option('--reason <text>', 'told to the model')
  .action((id: string, call: string | undefined, options: GlobalOptions & { reason?: string }) =>
    reject(id, call, options),
  );
const budget = command('budget', 'list the budgets that runs share; set and raise them');
addBudgetCommands(budget, (usage, description) =>
  addGlobalOptions(budget.command(usage).description(description)).exitOverride(),
);
addGraphCommand(command('graph <id>', 'show, draw, write down or compare a run’s graph'));
command('ledger <id>', 'show what a run has spent').action((id: string, options: GlobalOptions) =>
  showLedger(id, options),
);
addCostCommand(
  command('cost [id]', 'show what a run has cost, by step, tool or model, or what all runs have, by user'),
);
addAnalyticsCommand(
  command('analytics', 'show what runs took and cost, by task type and strategy, and how that changes'),
);
command('tools', 'list the tools')
  .addOption(settingOption('tools', 'a file of tools to list besides'))
  .action(async (options: GlobalOptions) => (await import('./commands/tools.ts')).listTools(options));
addMpiexecCommand(command('mpiexec', 'run a program on ranks of MPI, with what mpiexec needs'));
addSettings(
  command('config', 'print every setting, its value, and where that comes from'),
  WITH_FLAG.filter((name) => !GLOBAL_SETTINGS.some((global) => global === name)),
).action((options: GlobalOptions) => showConfiguration(options));
addSettings(command('codec-server', 'decrypt for Temporal’s UI and command line'), ['codecPort', 'uiOrigin']).action(
  (options: GlobalOptions) => codecServer(options),
);
addEvalCommand(addRunOptions(command('eval <data>', 'answer many questions and score the answers')));

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
  const [first] = args;
  const names = new Set(['help', ...program.commands.map((known) => known.name())]);
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
