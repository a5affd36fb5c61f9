#!/usr/bin/env node
/** The command `kgot`. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../src/config/paths.ts';
import { RunInputError } from '../src/client/client.ts';
import { SettingError } from '../src/config/read-setting.ts';
import { ToolDefinitionError } from '../src/tools/define-tool.ts';
import { codecServer } from './commands/codec-server.ts';
import { showConfiguration } from './commands/config.ts';
import { addEvalCommand } from './commands/eval.ts';
import { cancelRun, listRuns, resumeRun, showGraph, showLedger, showRun } from './commands/runs.ts';
import { solve } from './commands/solve.ts';
import type { SolveOptions } from './commands/solve.ts';
import { listTools } from './commands/tools.ts';
import { up } from './commands/up.ts';
import { worker } from './commands/worker.ts';
import { addSettings, configure, currentConfiguration, settingOption, WITH_FLAG } from './configuration.ts';
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
  .configureOutput({ writeErr: (text) => process.stderr.write(text) });

const command = (usage: string, description: string): Command =>
  addGlobalOptions(program.command(usage).description(description)).exitOverride();

addRunOptions(
  command('solve [question]', 'answer a question; without one, a built-in question').option(
    '--file <file>',
    'a document that the question is about: .md, .txt, .csv or .json (repeatable)',
    collect,
  ),
).action((question: string | undefined, options: SolveOptions) => solve(question, options));
command('up', 'keep server, UI and worker running').action((options: GlobalOptions) => up(options));
command('worker', 'serve task queues in this process')
  .addOption(settingOption('queues', 'a task queue to serve'))
  .addOption(settingOption('tools', 'a file whose tools are served on the tool queues'))
  .option('--check', 'only say whether a worker of this host polls the queues')
  .action((options: GlobalOptions) => worker(options));
command('list', 'list the runs').action((options: GlobalOptions) => listRuns(options));
command('show <id>', 'show a run').action((id: string, options: GlobalOptions) => showRun(id, options));
command('resume <id>', 'follow a run that is open, or show its answer').action((id: string, options: GlobalOptions) =>
  resumeRun(id, options),
);
command('cancel <id>', 'cancel a run').action((id: string, options: GlobalOptions) => cancelRun(id, options));
command('graph <id>', 'show and draw a run’s graph').action((id: string, options: GlobalOptions) =>
  showGraph(id, options),
);
command('ledger <id>', 'show what a run has spent').action((id: string, options: GlobalOptions) =>
  showLedger(id, options),
);
command('tools', 'list the tools')
  .addOption(settingOption('tools', 'a file of tools to list besides'))
  .action((options: GlobalOptions) => listTools(options));
addSettings(
  command('config', 'print every setting, its value, and where that comes from'),
  WITH_FLAG.filter((name) => !GLOBAL_SETTINGS.some((global) => global === name)),
).action((options: GlobalOptions) => showConfiguration(options));
addSettings(command('codec-server', 'decrypt for Temporal’s UI and command line'), ['codecPort', 'uiOrigin']).action(
  (options: GlobalOptions) => codecServer(options),
);
addEvalCommand(addRunOptions(command('eval <data>', 'answer many questions and score the answers')));

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
  if (isDebugging()) console.error(error);
  const message = messageOf(error);
  process.stderr.write(`${message.startsWith('No model') || message === 'Interrupted.' ? '' : 'Error: '}${message}\n`);
  if (error instanceof UserError) return error.exitCode;
  if (error instanceof SettingError) return 2;
  return error instanceof RunInputError || error instanceof ToolDefinitionError ? 2 : 1;
}

/** An error may be that the configuration cannot be read. */
function isDebugging(): boolean {
  try {
    return currentConfiguration().entries.get('debug')!.value === true;
  } catch {
    return false;
  }
}
