import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import { listRuns } from '../../src/client/list-runs.ts';
import type { ListedRun, ListedRuns } from '../../src/client/list-runs.ts';
import { RUN_STATUSES } from '../../src/client/visibility.ts';
import type { RunFilter } from '../../src/client/visibility.ts';
import { messageOf, UserError } from '../errors.ts';
import { oneOf, wholeNumber } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';
import { oneLine } from '../show/outline.ts';
import { dollars, table } from '../show/terminal.ts';

interface ListOptions extends GlobalOptions, RunFilter {
  limit: number;
}

const LIMIT = 50;

export function addListCommand(command: Command): void {
  command
    .option('--status <status>', RUN_STATUSES.join(', '), oneOf(RUN_STATUSES))
    .option('--model <name>', 'the planner, as openai:gpt-4o-mini or gpt-4o-mini', parseWord)
    .option('--since <when>', 'started since: 30m, 2h, 7d, 2026-11-01 or 2026-11-01T08:00Z (UTC)', parseSince)
    .option('--min-dollars <amount>', 'spent at least so much', parseDollars)
    .option('--query <query>', 'a condition in Temporal\'s own language, as in "KgotRounds > 3"', parseWord)
    .option('--limit <n>', 'so many of the newest', wholeNumber(1), LIMIT)
    .action((options: ListOptions) => list(options));
}

function parseWord(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text.trim();
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const isoDate = z.iso.date();
const isoMoment = z.iso.datetime({ offset: true, local: true });

/** A stretch of time before now, or a moment: in UTC, as the list shows times, where it names no zone. */
export function parseSince(text: string): Date {
  const date = momentOf(text.trim());
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Give a time as 30m, 2h, 7d, 2026-11-01 or 2026-11-01T08:00Z.');
  }
  if (date.getTime() > Date.now()) {
    throw new InvalidArgumentError('That is still to come: give a time that has passed.');
  }
  return date;
}

function momentOf(text: string): Date | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(Date.now() - Number(count) * UNITS[unit as keyof typeof UNITS]);
  if (isoDate.safeParse(text).success) return new Date(text);
  const withSeconds = text.replace(/T\d\d:\d\d(?!:)/, '$&:00');
  if (!isoMoment.safeParse(withSeconds).success) return undefined;
  return new Date(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? withSeconds : `${withSeconds}Z`);
}

export function parseDollars(text: string): number {
  const [, amount] = /^\$?(\d+(?:\.\d+)?|\.\d+)$/.exec(text.trim()) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('Give dollars as 0.05 or $0.05.');
  return Number(amount);
}

function list(options: ListOptions): Promise<void> {
  const { status, model, since, minDollars, query, limit } = options;
  const filter = { status, model, since, minDollars, query };
  return Session.run(options, { worker: false }, async (session) => {
    const listed = await session
      .persist(({ client }) => listRuns(client, filter, limit))
      .catch((error: unknown) => {
        throw toUserError(error, query);
      });
    session.print(
      listed,
      listText(
        listed,
        Object.values(filter).some((value) => value !== undefined),
      ),
    );
  });
}

/** What the server says of a query that it does not take stands in the cause. */
function toUserError(error: unknown, query: string | undefined): unknown {
  const cause = error instanceof Error ? (error.cause as { code?: number; details?: string } | undefined) : undefined;
  const INVALID_ARGUMENT = 3;
  if (cause?.code !== INVALID_ARGUMENT) return error;
  const said = cause.details ?? messageOf(error);
  const which = query === undefined ? 'the query' : `--query ${JSON.stringify(query)}`;
  return new UserError(`Temporal does not take ${which} (${said}): give a condition as in "KgotRounds > 3".`, {
    exitCode: 2,
    cause: error,
  });
}

export function listText({ runs, more }: ListedRuns, filtered: boolean): string {
  if (runs.length === 0) return filtered ? 'No run fits.' : 'No runs yet.';
  const header = ['ID', 'STATUS', 'MODEL', 'ROUNDS', 'COST', 'STARTED', 'QUESTION'];
  const lines = runs.map((run: ListedRun) => [
    oneLine(run.id),
    run.status,
    run.model ?? '',
    String(run.rounds ?? ''),
    run.dollars === null ? '' : dollars(run.dollars, 0),
    run.started.slice(0, 19).replace('T', ' '),
    oneLine(run.question).slice(0, 60),
  ]);
  const rest = more
    ? `\n\nThe newest ${runs.length}; there are more: give --limit, or say which with --since, --status or --model.`
    : '';
  return `${table(header, lines)}${rest}`;
}
