import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { Command, InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { addListCommand, listText, parseDollars, parseSince } from '../../cli/commands/list.ts';
import { oneOf } from '../../cli/options.ts';
import { listRuns } from '../../src/client/list-runs.ts';
import { quote, RUN_STATUSES, visibilityQuery } from '../../src/client/visibility.ts';
import { SEEDED } from '../support/property.ts';

const parseStatus = oneOf(RUN_STATUSES);
const ALL = `WorkflowType = 'answerQuestion' AND ExecutionStatus != 'ContinuedAsNew'`;

describe('a filter as a visibility query', () => {
  it('asks for runs, but not for executions that went on as another', () => {
    expect(visibilityQuery({})).toBe(ALL);
  });

  it('asks for how runs ended, whatever they last said', () => {
    expect(visibilityQuery({ status: 'running' })).toBe(`${ALL} AND ExecutionStatus = 'Running'`);
    expect(visibilityQuery({ status: 'out-of-budget' })).toBe(
      `${ALL} AND ExecutionStatus = 'Completed' AND KgotStatus = 'out-of-budget'`,
    );
    expect(visibilityQuery({ status: 'failed' })).toContain(`IN ('Failed', 'TimedOut', 'Terminated')`);
  });

  it('takes a model with or without its provider', () => {
    expect(visibilityQuery({ model: 'llama3:8b' })).toContain(`KgotModel IN ('llama3:8b', 'openai:llama3:8b', `);
  });

  it('takes time, dollars in plain digits, and a condition that stays together', () => {
    const filter = { since: new Date(0), minDollars: 1e-7, query: 'KgotRounds > 3 OR KgotRounds = 1' };
    expect(visibilityQuery(filter)).toBe(
      `${ALL} AND StartTime >= '1970-01-01T00:00:00.000Z' AND KgotDollars >= 0.000000100 AND (KgotRounds > 3 OR KgotRounds = 1)`,
    );
  });

  it('never lets a text end its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', '"', 'a', ' ', '%') }), (text) => {
        const inside = /^'((?:[^'\\]|''|\\[\s\S])*)'$/.exec(quote(text))?.[1];
        expect(inside?.replace(/''|\\([\s\S])/g, (_, escaped?: string) => escaped ?? "'")).toBe(text);
      }),
      SEEDED,
    );
  });
});

/** A server that knows runs that were started at these times, some carried on from before, and lists them in no order of use. */
function serverWith(
  startTimes: readonly number[],
  asked: string[] = [],
  firstStarts: readonly (number | undefined)[] = [],
): Client {
  async function* list({ query }: { query: string }): AsyncGenerator<WorkflowExecutionInfo> {
    asked.push(query);
    const after = Date.parse(/StartTime > '([^']+)'/.exec(query)?.[1] ?? '0000-01-01');
    const until = Date.parse(/StartTime <= '([^']+)'/.exec(query)?.[1] ?? '9999-01-01');
    for (const [index, time] of startTimes.entries()) {
      const first = firstStarts[index];
      if (time <= after || time > until) continue;
      yield {
        workflowId: `run-${time}`,
        status: { code: 1, name: 'RUNNING' },
        startTime: new Date(time),
        ...(first === undefined ? {} : { memo: { started: new Date(first).toISOString() } }),
        typedSearchAttributes: new TypedSearchAttributes([]),
      } as unknown as WorkflowExecutionInfo;
    }
  }
  return { workflow: { list } } as unknown as Client;
}

describe('the newest runs', () => {
  const NOW = Date.parse('2026-11-24T12:00:00Z');
  const YEAR = 365 * 86_400_000;

  it('are found among any others, the newest first', async () => {
    vi.useFakeTimers({ now: NOW });
    onTestFinished(() => void vi.useRealTimers());
    const ages = fc.oneof(fc.nat(60_000), fc.nat(86_400_000), fc.nat(10 * YEAR));
    const property = fc.asyncProperty(
      fc.array(ages, { maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      async (all, limit) => {
        const times = all.map((age) => NOW - age);
        const { runs, more } = await listRuns(serverWith(times), {}, limit);
        const newest = times.toSorted((a, b) => b - a).slice(0, limit);
        expect(runs.map(({ started }) => Date.parse(started))).toEqual(newest);
        expect(more).toBe(times.length > limit);
      },
    );
    await fc.assert(property, SEEDED);
  });

  it('are those whose first execution is', async () => {
    const carriedOn = (_: number, index: number): number | undefined => (index < 5 ? NOW - YEAR : undefined);
    vi.useFakeTimers({ now: NOW });
    onTestFinished(() => void vi.useRealTimers());
    const times = Array.from({ length: 10 }, (_, index) => NOW - index * 120_000);
    const { runs } = await listRuns(serverWith(times, [], times.map(carriedOn)), {}, 6);
    expect(runs.map(({ started }) => NOW - Date.parse(started))).toEqual([
      ...times.slice(5).map((time) => NOW - time),
      YEAR,
    ]);
  });

  it('cost one question where there are few, and none about years without runs where there are many', async () => {
    const few: string[] = [];
    await listRuns(serverWith([NOW - 5 * YEAR, NOW], few), {}, 2);
    expect(few).toEqual([ALL]);
    const many: string[] = [];
    const recent = Array.from({ length: 100 }, (_, index) => Date.now() - index * 1000);
    await listRuns(serverWith([...recent, NOW - 5 * YEAR], many), {}, 10);
    expect(many).toHaveLength(2);
  });
});

describe('what kgot list is given', () => {
  it.each(['running', 'solved', 'forced', 'out-of-budget', 'cancelled', 'failed'])('takes the status %s', (status) => {
    expect(parseStatus(status)).toBe(status);
  });

  it.each([
    ['30m', 30 * 60_000],
    ['2h', 2 * 3_600_000],
    ['1.5d', 36 * 3_600_000],
    ['1w', 7 * 86_400_000],
    ['90 s', 90_000],
  ])('takes %s as a time ago', (text, milliseconds) => {
    expect(Math.abs(Date.now() - parseSince(text).getTime() - milliseconds)).toBeLessThan(5_000);
  });

  it.each([
    ['2025-11-01', '2025-11-01T00:00:00.000Z'],
    ['2025-11-01T08:00', '2025-11-01T08:00:00.000Z'],
    ['2025-11-01T08:00:30Z', '2025-11-01T08:00:30.000Z'],
    ['2025-11-01T08:00Z', '2025-11-01T08:00:00.000Z'],
    ['2025-11-01T08:00+02:00', '2025-11-01T06:00:00.000Z'],
    ['2025-11-01T08:00:00+02:00', '2025-11-01T06:00:00.000Z'],
  ])('takes %s as a moment', (text, iso) => {
    expect(parseSince(text).toISOString()).toBe(iso);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a status',
      () => parseStatus('done'),
      'Give running, waiting, solved, forced, out-of-budget, cancelled, or failed.',
    ],
    ['a time', () => parseSince('yesterday'), 'Give a time as 30m, 2h, 7d, 2026-11-01 or 2026-11-01T08:00Z.'],
    ['a time', () => parseSince('2025-02-30'), 'Give a time as 30m'],
    ['a time', () => parseSince('1e9w'), 'Give a time as 30m'],
    ['a time', () => parseSince('999999999w'), 'Give a time as 30m'],
    ['a time', () => parseSince('2999-01-01'), 'That is still to come'],
    ['dollars', () => parseDollars('much'), 'Give dollars as 0.05 or $0.05.'],
    ['dollars', () => parseDollars('-1'), 'Give dollars as 0.05 or $0.05.'],
  ])('refuses %s that is none, saying what would be right: %s', (_, parse, message) => {
    expect(parse).toThrow(InvalidArgumentError);
    expect(parse).toThrow(message);
  });

  it.each([
    [['--limit', '0'], /Give a whole number from 1/],
    [['--model', ' '], /It is empty/],
    [['--state', 'solved'], /unknown option/],
  ])('refuses %j', (words, message) => {
    const command = new Command('list').exitOverride().configureOutput({ writeErr: () => {} });
    addListCommand(command);
    expect(() => command.parse(words, { from: 'user' })).toThrow(message);
  });
});

describe('the list as text', () => {
  const run = {
    id: 'kgot-1',
    question: 'Who\nleads \u001b[31mPeru?',
    status: 'solved',
    model: 'openai:gpt-4o-mini',
    rounds: 2,
    dollars: 0.00123,
    started: '2026-11-24T12:00:00.000Z',
    ended: null,
  };

  it('shows a run a line, and lets no question act on the terminal', () => {
    const [header, line] = listText({ runs: [run], more: false }, false).split('\n');
    expect(header).toMatch(/^ID +STATUS +MODEL +ROUNDS +COST +STARTED +QUESTION$/);
    expect(line).toBe('kgot-1  solved  openai:gpt-4o-mini  2       $0.00123  2026-11-24 12:00:00  Who leads Peru?');
  });

  it('says that there are more, that none fits, or that there are none', () => {
    expect(listText({ runs: [run], more: true }, false)).toContain('The newest 1; there are more: give --limit');
    expect(listText({ runs: [], more: false }, true)).toBe('No run fits.');
    expect(listText({ runs: [], more: false }, false)).toBe('No runs yet.');
  });
});
