import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseStrategy } from '../../src/domain/choose-strategy.ts';
import {
  enginePriority,
  fairnessKey,
  NOTHING_SEEN,
  planExecution,
  temporalPriority,
} from '../../src/domain/plan-execution.ts';
import { contextOf, planOfOlderRun, planRun } from '../../src/domain/plan-run.ts';
import { planWords } from '../../src/domain/plan-words.ts';
import { OptimizationStrategy, STRATEGIES } from '../../src/domain/plan.ts';
import type { Observations, StrategyMeans } from '../../src/domain/plan.ts';
import { DEFAULT_OPTIONS } from '../../src/domain/run.ts';
import { SEEDED } from '../support/property.ts';

const CALL = { median: 1_000, p95: 2_500 };
const seen = (more: Partial<Observations> = {}): Observations => ({ ...NOTHING_SEEN, ...more });
const withCheap = { cheapModel: true, threads: 0, ranks: 0 };

describe('planExecution', () => {
  it('plans what runs have always done where nothing is said: votes in stages, one model, nothing shared', () => {
    const plan = planExecution({}, seen());
    expect(plan).toMatchObject({
      ...{ asked: 'balanced', strategy: 'balanced', taskType: 'general' },
      votes: { most: 5, send: 'majority' },
      parses: { most: 3, send: 'majority' },
      ...{ asks: ['main', 'main', 'main'], sharedCache: false, compute: 'here', priority: 3 },
    });
    expect(plan.hedge).toBeUndefined();
    expect(plan.deadline).toBeUndefined();
    expect(planOfOlderRun(DEFAULT_OPTIONS)).toMatchObject({ votes: plan.votes, parses: plan.parses, asks: plan.asks });
  });

  it.each([
    [
      'latency',
      { votes: { most: 5, send: 'all' }, asks: ['main', 'main', 'main'], hedge: { after: 500, share: 0.75 } },
    ],
    ['throughput', { votes: { most: 3, send: 'majority' }, parses: { most: 1 }, asks: ['cheap', 'main', 'main'] }],
    ['cost', { votes: { most: 3, send: 'majority' }, parses: { most: 1 }, asks: ['cheap', 'cheap', 'main'] }],
    [
      'balanced',
      {
        votes: { most: 3, send: 'all' },
        parses: { most: 1, tier: 'main' },
        asks: ['cheap', 'cheap', 'main'],
        sharedCache: false,
      },
    ],
    ['scalability', { votes: { most: 3, send: 'majority' }, asks: ['cheap', 'main', 'main'], concurrency: 128 }],
  ] as const)('plans for %s, with a reason for each choice', (strategy, expected) => {
    const plan = planExecution({ strategy }, seen({ call: CALL, available: withCheap }));
    expect(plan).toMatchObject({ strategy, asked: strategy, ...expected });
    const { strategy: chosen, choices } = planWords(plan);
    for (const { text, reason } of [chosen, ...choices]) {
      expect(text).not.toBe('');
      expect(reason, text).not.toBe('');
    }
  });

  it('asks the one model that there is, whatever the strategy', () => {
    for (const strategy of STRATEGIES) {
      const plan = planExecution({ strategy }, seen());
      expect(plan.asks).toEqual(['main', 'main', 'main']);
      expect(plan.reasons['asks']).toBe('the one model that there is');
    }
  });

  it('makes no call twice, and gives none up, before it was measured what calls take', () => {
    for (const strategy of STRATEGIES) {
      const { hedge, deadline } = planExecution({ strategy }, seen());
      expect({ hedge, deadline }).toEqual({});
    }
    const plan = planExecution({ strategy: 'latency' }, seen({ call: CALL }));
    expect(plan.deadline).toBe(10_000);
    expect(plan.reasons['deadline']).toContain('2500 ms');
    // No deadline lies below what one slow call may take.
    expect(planExecution({}, seen({ call: { median: 10, p95: 20 } })).deadline).toBe(5_000);
  });

  it('makes calls of the cheap model twice at once where that is balanced, and none of the main one', () => {
    expect(planExecution({}, seen({ available: withCheap })).hedge).toEqual({ after: 0, share: 1, tier: 'cheap' });
    expect(planExecution({}, seen({ call: CALL })).hedge).toBeUndefined();
  });

  it('takes what the context says over what the strategy would', () => {
    const context = {
      maxWorkers: 2,
      cache: true,
      timeout: 500,
      retries: 4,
      costBudget: 0.5,
      limits: { cpu: 1, memory: 64 },
    };
    const plan = planExecution({ ...context, priority: 10, taskType: 'sums' }, seen());
    expect(plan).toMatchObject({
      ...{ concurrency: 2, sharedCache: true, priority: 1, taskType: 'sums' },
      limits: { dollars: 0.5, milliseconds: 500, retries: 4, workers: 2, cpu: 1, memory: 64 },
    });
    expect(plan.reasons['concurrency']).toContain('maxWorkers');
    expect(planExecution({ strategy: 'cost', cache: false }, seen()).sharedCache).toBe(false);
  });

  it('sends compute to the next best where the best is not there, and says so', () => {
    const at = (threads: number, ranks: number) =>
      planExecution({ strategy: 'scalability' }, seen({ available: { cheapModel: false, threads, ranks } }));
    expect(at(3, 8).compute).toBe('ranks');
    expect(at(3, 0)).toMatchObject({ compute: 'threads', reasons: { compute: 'ranks are not there' } });
    expect(at(0, 0).compute).toBe('here');
  });
});

describe('planRun', () => {
  it('lets explicit options beat the strategy', () => {
    const { plan, options } = planRun({ strategy: 'cost', votes: 7, finalParses: 2 }, seen());
    expect(plan).toMatchObject({ votes: { most: 7, send: 'majority' }, parses: { most: 2 } });
    expect(plan.reasons).toMatchObject({ votes: 'asked for', parses: 'asked for' });
    expect(options).toMatchObject({ votes: 7, finalParses: 2 });
    expect(planRun({ strategy: 'cost' }, seen()).options).toMatchObject({ votes: 3, finalParses: 1 });
    expect(planRun({}, seen()).options).toEqual(DEFAULT_OPTIONS);
  });

  it('does without the ways to spend less that it is to do without, and says so', () => {
    const { plan } = planRun({ strategy: 'cost', without: ['staged-votes', 'batching', 'shared-calls'] }, seen());
    expect(plan).toMatchObject({
      ...{ votes: { most: 3, send: 'all' }, parses: { most: 1, send: 'all' }, extractions: 'each', sharedCalls: false },
      reasons: { votes: 'asked for', parses: 'asked for', extractions: 'asked for', sharedCalls: 'asked for' },
    });
    expect(planRun({ strategy: 'cost' }, seen()).plan).toMatchObject({ extractions: 'together' });
    expect(planRun({ without: [] }, seen()).plan).toEqual(planRun({}, seen()).plan);
  });

  it('makes a context of a run’s options', () => {
    expect(
      contextOf({
        strategy: 'auto',
        target: { seconds: 2, dollars: 0.1 },
        priority: 7,
        cache: true,
        budget: { dollars: 1 },
      }),
    ).toEqual({
      ...{ taskType: 'question', strategy: 'auto', priority: 7, cache: true },
      ...{ costBudget: 1, costTarget: 0.1, latencyTarget: 2_000 },
    });
  });
});

describe('auto', () => {
  const means = (more: Partial<StrategyMeans>): StrategyMeans => ({
    ...{ executions: 10, successRate: 1, milliseconds: 10_000, dollars: 0.01, throughput: 1 },
    ...more,
  });
  const strategies = {
    latency: means({ milliseconds: 4_000, dollars: 0.06 }),
    throughput: means({ milliseconds: 9_000, throughput: 5 }),
    cost: means({ milliseconds: 12_000, dollars: 0.002 }),
    balanced: means({ milliseconds: 6_000, dollars: 0.005 }),
    scalability: means({ milliseconds: 11_000, throughput: 4 }),
  };
  const choose = (context: object, more: Partial<Observations> = {}) =>
    chooseStrategy(context, seen({ strategies, ...more }));

  it('tries each strategy a few times first, the least tried before the others', () => {
    expect(chooseStrategy({}, seen())).toEqual({
      strategy: 'balanced',
      reason: 'auto tries each strategy 3 times first',
    });
    expect(choose({}, { strategies: { ...strategies, cost: means({ executions: 2 }) } }).strategy).toBe('cost');
    expect(
      choose({}, { strategies: { ...strategies, cost: means({ executions: 2 }), balanced: means({ executions: 1 }) } })
        .strategy,
    ).toBe('balanced');
  });

  it.each([
    [{ latencyTarget: 7_000 }, 'balanced', 'the cheapest within 7000 ms'],
    [{ latencyTarget: 1_000 }, 'latency', 'the fastest'],
    [{ costTarget: 0.006 }, 'balanced', 'the fastest within $0.006'],
    [{ costTarget: 0.001 }, 'cost', 'the cheapest'],
    [{ throughputTarget: 3 }, 'throughput', 'the most executions a second'],
    [{}, 'cost', 'time and cost together'],
  ])('given %j takes %s: %s', (context, strategy, words) => {
    const chosen = choose(context);
    expect(chosen.strategy).toBe(strategy);
    expect(chosen.reason).toContain(words);
  });

  it('leaves out what fails more often, however cheap', () => {
    const failing = { ...strategies, cost: means({ dollars: 0.0001, successRate: 0.5 }) };
    expect(choose({ costTarget: 0.001 }, { strategies: failing }).strategy).toBe('balanced');
  });

  it('goes by time where a price is unknown', () => {
    const unpriced = { ...strategies, throughput: means({ dollars: null }) };
    expect(choose({}, { strategies: unpriced }).strategy).toBe('latency');
  });

  it('tries on what may be better yet, and gives up what is clearly worse', () => {
    const spread = { milliseconds: 0.5 };
    const slower = (milliseconds: number, executions: number) => ({
      strategies: { ...strategies, balanced: means({ executions, milliseconds }) },
      spread,
    });
    // At best 2,500 ms of three and 3,100 ms of six, where 4,000 ms of ten are 2,800 at best.
    expect(choose({ latencyTarget: 1 }, slower(4_500, 3)).strategy).toBe('balanced');
    expect(choose({ latencyTarget: 1 }, slower(4_500, 6)).strategy).toBe('latency');
    expect(choose({ latencyTarget: 1 }, slower(6_000, 3)).strategy).toBe('latency');
    expect(choose({ latencyTarget: 1 }, { ...slower(4_500, 3), spread: undefined }).strategy).toBe('latency');
  });

  it('keeps what has failed by chance', () => {
    const once = { ...strategies, cost: means({ dollars: 0.0001, executions: 3, successRate: 2 / 3 }) };
    expect(choose({ costTarget: 0.001 }, { strategies: once }).strategy).toBe('cost');
    const often = { ...strategies, cost: means({ dollars: 0.0001, executions: 30, successRate: 2 / 3 }) };
    expect(choose({ costTarget: 0.001 }, { strategies: often }).strategy).toBe('balanced');
  });

  it('finds the fastest of strategies whose executions differ as much as they do', () => {
    const typical = { latency: 11.3, throughput: 23.6, cost: 24.1, balanced: 14.8, scalability: 21.5 };
    const quickest = (of: Readonly<Record<string, number[]>>, spread: number): string =>
      choose(
        { latencyTarget: 1 },
        {
          spread: { milliseconds: spread },
          strategies: Object.fromEntries(
            STRATEGIES.map((strategy) => {
              const seconds = of[strategy]!;
              const sum = seconds.reduce((a, b) => a + b, 0);
              return [strategy, means({ executions: seconds.length, milliseconds: (1_000 * sum) / seconds.length })];
            }),
          ),
        },
      ).strategy;
    const trials = fc.sample(fc.infiniteStream(fc.double({ min: 0.4, max: 1.6, noNaN: true })), {
      ...SEEDED,
      numRuns: 300,
    });
    const shares = trials.map((factors) => {
      const taken = Object.fromEntries(STRATEGIES.map((strategy) => [strategy, [] as number[]]));
      for (let run = 0; run < 150; run += 1) {
        const strategy = quickest(taken, 0.35);
        taken[strategy]!.push(typical[strategy as keyof typeof typical] * factors.next().value!);
      }
      return taken['latency']!.length / 150;
    });
    // Three runs of each of the others are 8 of 100.
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.8);
  });

  it('always gives a strategy, whatever was seen', () => {
    const some = fc.record({
      executions: fc.nat(20),
      successRate: fc.double({ min: 0, max: 1, noNaN: true }),
      milliseconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
      dollars: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null }),
      throughput: fc.double({ min: 0, max: 1e3, noNaN: true }),
    });
    const all = fc.record(Object.fromEntries(STRATEGIES.map((name) => [name, some])), { requiredKeys: [] });
    const spreads = fc.record({ milliseconds: fc.double({ min: 0, max: 5, noNaN: true }) });
    const context = fc.record(
      { latencyTarget: fc.nat(), costTarget: fc.double({ min: 0, noNaN: true }), throughputTarget: fc.nat() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(all, context, fc.option(spreads, { nil: undefined }), (of, asked, spread) => {
        expect(STRATEGIES).toContain(chooseStrategy(asked, seen({ strategies: of, spread })).strategy);
      }),
      SEEDED,
    );
  });
});

describe('priorities', () => {
  it('maps 10, the most urgent, to Temporal’s 1, and back to an engine’s', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((priority) => temporalPriority(priority))).toEqual([
      5, 5, 4, 4, 3, 3, 2, 2, 1, 1,
    ]);
    expect(temporalPriority()).toBe(3);
    expect([1, 2, 3, 4, 5].map(enginePriority)).toEqual([10, 8, 6, 4, 2]);
  });

  it('counts a workflow under what Temporal takes', () => {
    expect(fairnessKey('eval-é/question')).toBe('eval-_/question');
    expect(fairnessKey('x'.repeat(100))).toHaveLength(64);
  });
});

it('has the names of the earlier system', () => {
  expect(Object.keys(OptimizationStrategy)).toEqual([
    'LATENCY_FOCUSED',
    'THROUGHPUT_FOCUSED',
    'COST_FOCUSED',
    'BALANCED',
    'SCALABILITY_FOCUSED',
  ]);
});
