import type { Command } from 'commander';
import {
  listSharedBudgets,
  raiseSharedBudget,
  setSharedBudget,
  sharedBudget,
  SharedBudgetError,
} from '../../src/client/shared-budgets.ts';
import type { Budget } from '../../src/domain/run.ts';
import { problemOfScope } from '../../src/domain/scopes.ts';
import { limitedUnits } from '../../src/domain/shares.ts';
import type { SharedBudget } from '../../src/domain/shares.ts';
import { settingParser } from '../configuration.ts';
import { UserError } from '../errors.ts';
import type { GlobalOptions } from '../options.ts';
import type { Runtime } from '../runtime/open-runtime.ts';
import { Session } from '../session.ts';
import { table } from '../show/terminal.ts';

/** Budgets that runs share. `add` makes a command below `budget`, with the options of every command. */
export function addBudgetCommands(budget: Command, add: (usage: string, description: string) => Command): void {
  budget.action((options: GlobalOptions) => list(options));
  const change = (usage: string, description: string, work: typeof setSharedBudget): void => {
    add(`${usage} <scope>`, description)
      .argument('<amount>', 'dollars as 0.05, or tokens as 20000tokens', settingParser('budget'))
      .action((scope: string, limit: Budget, options: GlobalOptions) => changeOne(scope, limit, options, work));
  };
  change('set', 'set one: batch:NAME, user:NAME or day:YYYY-MM-DD (UTC)', setSharedBudget);
  change('raise', 'raise one; runs that wait for room in it go on', raiseSharedBudget);
}

function list(options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    const budgets = await session.persist(({ client }) => listSharedBudgets(client));
    session.print({ budgets }, budgets.length === 0 ? NONE : tableOf(budgets));
  });
}

const NONE =
  'No budget is shared yet: "kgot budget set user:NAME AMOUNT" sets one, --budget-scope user:NAME spends from it.';

function tableOf(budgets: readonly SharedBudget[]): string {
  const lines = budgets.map(({ scope, limit, spent, granted, free, runs, waiting }) => {
    const amount = (of: Budget): string =>
      limitedUnits(limit)
        .map((unit) => (unit === 'dollars' ? `$${of.dollars!.toFixed(4)}` : `${of.tokens} tokens`))
        .join(', ');
    return [scope, ...[limit, spent, granted, free].map(amount), String(runs), String(waiting)];
  });
  return table(['SCOPE', 'LIMIT', 'SPENT', 'GRANTED', 'FREE', 'RUNS', 'WAITING'], lines);
}

function changeOne(scope: string, limit: Budget, options: GlobalOptions, work: typeof setSharedBudget): Promise<void> {
  // Before anything is started.
  const problem = problemOfScope(scope);
  if (problem !== undefined) throw new UserError(problem, { exitCode: 2 });
  return Session.run(options, {}, async (session) => {
    const { client } = await session.runtime();
    const budget = await asUserError(() => work(client, scope, limit));
    session.print(budget, tableOf([budget]));
  });
}

/** Ends a command before anything is paid for where a scope was never set. */
export async function requireScopes({ client }: Runtime, scopes: readonly string[] = []): Promise<void> {
  for (const scope of scopes) await asUserError(() => sharedBudget(client, scope));
}

async function asUserError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SharedBudgetError) throw new UserError(error.message, { exitCode: 2, cause: error });
    throw error;
  }
}
