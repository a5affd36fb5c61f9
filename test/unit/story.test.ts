import { defaultDataConverter, ValueError } from '@temporalio/common';
import type { LoadedDataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { outlineMarkdown, outlineText } from '../../cli/show/outline.ts';
import { storySections } from '../../cli/show/story.ts';
import { EventReader } from '../../src/client/story/read-events.ts';
import type { HistoryEvent } from '../../src/client/story/read-events.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { readExecution, recordedEvents, recordedHistories, recordedStory, storyOf } from '../support/histories.ts';

const textOf = (story: RunStory, columns = 100): string => outlineText(storySections(story), { columns });
/** The text without its line breaks. */
const wordsOf = (story: RunStory): string => textOf(story).replace(/\s+/g, ' ');
const runs = recordedHistories.filter((name) => name !== 'batch');

describe('the story of a run that was solved', async () => {
  const story = await recordedStory('solved');

  it('says what was asked, with which model, and what differs from the defaults', () => {
    expect(story).toMatchObject({
      status: 'COMPLETED',
      question: 'What is the capital of the only country that borders Denmark?',
      models: { planner: { provider: 'oracle' } },
      changedOptions: [],
      executions: 1,
      gaps: [],
    });
    expect(story.documents).toHaveLength(26);
    expect(story.documents[0]).toEqual({ name: 'Portugal', mediaType: 'text/markdown', bytes: 137 });
    expect(story.seconds).toBeGreaterThan(0);
  });

  it('tells each round: votes with their facts, and what they decided', () => {
    const [enhanced, solved] = story.rounds;
    expect(story.rounds).toHaveLength(2);
    expect(enhanced!.votes.map(({ counts, value }) => [counts, value])).toEqual(
      Array.from({ length: 3 }, () => [
        'ENHANCE',
        { facts: [{ fact: 'Denmark only country that it borders', value: '?' }], next: 'ENHANCE', how: '' },
      ]),
    );
    expect(enhanced!.decision).toEqual({ next: 'ENHANCE', missing: ['Denmark only country that it borders'] });
    expect(solved!.votes.map(({ counts }) => counts)).toEqual(['SOLVE', 'SOLVE', 'SOLVE']);
    expect(solved!.decision).toEqual({ next: 'SOLVE', missing: [] });
  });

  it('tells tool calls with input, time and excerpt, and what became of their outputs', () => {
    const [{ tools, facts }] = story.rounds as [RunStory['rounds'][number]];
    expect(tools).toHaveLength(6);
    expect(tools[1]).toMatchObject({
      tool: 'search_documents',
      input: { page: 1, query: 'Denmark' },
      state: 'done',
      attempts: 1,
      excerpt: expect.stringContaining('Denmark is a country in Northern Europe') as string,
      spent: { calls: 0, dollars: 0 },
    });
    expect(tools[1]!.seconds).toBeLessThan(5);
    expect(facts).toMatchObject({ revision: 1, problems: [], left: [], repairs: [] });
    expect(facts!.difference!.added.edges.map(({ fromName, type, toName }) => [fromName, type, toName])).toEqual([
      ['Denmark', 'ONLY_COUNTRY_THAT_IT_BORDERS_1', 'Germany'],
      ['Germany', 'CAPITAL_2', 'Berlin'],
    ]);
    expect(facts!.difference!.added.edges[0]!.sources[0]).toBe(
      'round 1: search_documents({"page":1,"query":"Denmark only country that it borders"})',
    );
  });

  it('tells queries with what they gave, readings of the answer, and the answer', () => {
    const { retrievals, parses, answer } = story.rounds[1]!;
    expect(retrievals).toMatchObject([
      {
        how: 'The node that Germany reaches by CAPITAL_2.',
        queries: [
          {
            by: 'written',
            query: 'MATCH (s)-[:CAPITAL_2]->(o) RETURN o.name AS answer',
            outcome: { kind: 'rows', rowCount: 1, text: 'answer\nBerlin' },
          },
        ],
      },
    ]);
    expect(parses.map(({ answer: text, last }) => [text, last])).toEqual([
      ['Berlin', false],
      ['Berlin', false],
    ]);
    expect(answer).toBe('Berlin');
    expect(story.result).toMatchObject({ answer: 'Berlin', endReason: 'solved' });
    expect(story.rounds[0]!.answer).toBeUndefined();
  });

  it('reads as text of 80 columns', () => {
    const lines = textOf(story, 80).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toContain('Votes: 3 ENHANCE, 0 SOLVE → ENHANCE');
    expect(text).toContain('• 3 × ENHANCE: Denmark only country that it borders = ?');
    expect(text).toContain('+ Germany —CAPITAL_2→ Berlin');
    expect(text).toContain('✓ MATCH (s)-[:CAPITAL_2]->(o) RETURN o.name AS answer · 1 row');
    expect(text).toContain('Ended: solved: the graph held the answer\n  Answer: Berlin');
  });
});

describe('the story of a run under noise', async () => {
  const story = await recordedStory('noise');

  it('tells answers that did not fit, attempts and why they were made again, and steps that were lost', () => {
    const { facts, notes } = story.rounds[0]!;
    const lost = facts!.extractions.find(({ state }) => state === 'lost')!;
    expect(lost.misfits).toHaveLength(3);
    expect(lost.misfits[2]!.error).toBe('The answer is not a JSON object.');
    expect(lost.value).toBeUndefined();
    const retried = facts!.extractions.find(({ attempts }) => attempts === 2)!;
    expect(retried).toMatchObject({ state: 'done', retried: { type: 'ServerError' } });
    expect(notes).toEqual(['The step extractChanges was lost: its answers did not fit the schema.']);
    expect(wordsOf(story)).toContain('lost, as no answer fitted (3 answers did not fit)');
    expect(wordsOf(story)).toContain('made again after ServerError: oracle:oracle answered with status 500');
  });

  it('counts what the rounds took, requests without an answer too', () => {
    const { rounds, ledger } = story;
    const sum = (value: (round: (typeof rounds)[number]) => number): number =>
      rounds.reduce((total, round) => total + value(round), 0);
    expect(sum(({ spent }) => spent.calls)).toBe(ledger.calls);
    expect(sum(({ spent }) => spent.unknown)).toBe(ledger.unknown);
    expect(sum(({ spent }) => spent.inputTokens + spent.outputTokens)).toBe(ledger.inputTokens + ledger.outputTokens);
  });
});

describe('the story of a run that sends all at once, and makes slow calls twice', async () => {
  const story = await recordedStory('latency');

  it('tells its plan, and no option that nobody has changed', () => {
    expect(story.plan).toMatchObject({ strategy: 'latency', votes: { most: 5, send: 'all' } });
    expect(story.changedOptions).toEqual([]);
    const text = textOf(story, 120);
    expect(text).toContain('Plan: latency (asked for)');
    expect(text).toContain('• 5 votes at most, all at once: all at once: the slowest of five is not waited for');
    expect(text).toMatch(/a call is made twice after \d+ ms, 30 of 100 at most/);
    expect(text).toContain('Performance: efficiency 0.');
  });

  it('tells a call that was made twice as one', () => {
    for (const round of story.rounds.filter(({ forced, round: number }) => !forced && number > 0)) {
      expect(round.votes.map(({ sample }) => sample)).toEqual(['0', '1', '2', '3', '4']);
    }
    const steps = story.rounds.flatMap(({ choices, facts }) => [...choices, ...(facts?.extractions ?? [])]);
    expect(steps.every(({ sample }) => !sample.includes('~'))).toBe(true);
    expect(steps.filter(({ twice }) => twice === true).length).toBeGreaterThan(0);
  });
});

it('tells why a run was forced, and what its last answer was', async () => {
  const story = await recordedStory('forced');
  expect(story.changedOptions).toEqual([{ name: 'rounds', value: 2, default: 7 }]);
  expect(story.rounds.map(({ round, forced }) => [round, forced])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  expect(story.rounds[2]!.parses).toMatchObject([{ last: true, answer: 'unknown' }]);
  expect(textOf(story)).toContain('Facts: nothing new');
  expect(textOf(story)).toContain('Ended: forced: the rounds were used up');
});

it('tells why a run went out of budget', async () => {
  const story = await recordedStory('out-of-budget');
  expect(story.changedOptions).toEqual([{ name: 'budget', value: { tokens: 12_000 } }]);
  expect(story.rounds).toHaveLength(1);
  expect(story.rounds[0]).toMatchObject({
    decision: { next: 'ENHANCE' },
    parses: [{ last: true }],
  });
  expect(story.rounds[0]!.facts).not.toHaveProperty('revision');
  expect(textOf(story)).toContain('Ended: out of budget: the next call did not fit');
});

it('tells who cancelled a run, and what was under way', async () => {
  const story = await recordedStory('cancelled');
  expect(story).toMatchObject({
    status: 'CANCELLED',
    underWay: [],
    messages: [{ kind: 'cancel', by: 'recorded', round: 1 }],
    ledger: { calls: 0, unknown: 3 },
  });
  expect(story.rounds[0]!.votes.map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(story.rounds[0]!.decision).toBeUndefined();
  expect(textOf(story)).toContain('Ended: cancelled');
});

it('tells a direct retrieval by its answers alone', async () => {
  const story = await recordedStory('solved-directly');
  expect(story.changedOptions).toEqual([{ name: 'retrieval', value: 'direct', default: 'query' }]);
  expect(story.rounds[1]).toMatchObject({ decision: { next: 'SOLVE' }, retrievals: [], answer: 'Dublin' });
});

describe('a run that is not over', () => {
  it.each(runs)('%s can be told after every event, and never takes back what it told', async (name) => {
    const reader = new EventReader(name, { converter: defaultDataConverter, namespace: 'default', workflowId: name });
    let votes = 0;
    for (const event of await recordedEvents(name)) {
      await reader.add(event);
      // Nothing is told of the workflow's own tasks.
      if (/^workflowTask/.test(event.attributes ?? '')) continue;
      const { execution } = reader;
      const story = storyOf(execution);
      const told = story.rounds.reduce((sum, round) => sum + round.votes.length, 0);
      expect(told).toBeGreaterThanOrEqual(votes);
      votes = told;
      const open = execution.activities.filter(({ outcome }) => outcome.kind === 'open');
      expect(story.underWay).toHaveLength(story.status === 'RUNNING' ? open.length : 0);
      expect(textOf(story)).toContain(story.status === 'RUNNING' ? '\nSo far\n' : '\nEnded: ');
      expect(outlineMarkdown(storySections(story))).toMatch(/^# (What|Who) .*\?/);
      JSON.stringify(story);
    }
  });

  it('says what is under way', async () => {
    const events = await recordedEvents('solved');
    const until = events.findIndex(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'model.chooseTools',
    );
    const story = storyOf(await readExecution(events.slice(0, until + 1)));
    expect(story.underWay).toMatchObject([
      { type: 'model.chooseTools', summary: 'round 1: tools for Denmark only country that it borders', attempt: 1 },
    ]);
    expect(textOf(story)).toContain('Under way\n  … model.chooseTools: round 1: tools for Denmark only country');
  });
});

describe('what is sent to a run', () => {
  it('is told by name, with who sent it, its arguments, and what it answered', async () => {
    const events = await recordedEvents('solved');
    const voted = events.findIndex(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'model.chooseTools',
    );
    const [hint, done, refused] = [{ text: 'look at Germany' }, { accepted: true }, 'too late'].map((value) =>
      defaultDataConverter.payloadConverter.toPayload(value),
    );
    const meta = (updateId: string): object => ({ updateId, identity: 'ada@host' });
    const { eventTime } = events[voted]!;
    const sent: HistoryEvent[] = [
      {
        eventTime,
        workflowExecutionUpdateAcceptedEventAttributes: {
          acceptedRequest: { meta: meta('a'), input: { name: 'addHint', args: { payloads: [hint!] } } },
        },
      },
      {
        eventTime,
        workflowExecutionUpdateCompletedEventAttributes: {
          meta: meta('a'),
          outcome: { success: { payloads: [done!] } },
        },
      },
      {
        eventTime,
        workflowExecutionUpdateAcceptedEventAttributes: {
          acceptedRequest: { meta: meta('b'), input: { name: 'raiseBudget' } },
        },
      },
      {
        eventTime,
        workflowExecutionUpdateCompletedEventAttributes: {
          meta: meta('b'),
          outcome: { failure: { message: 'too late', applicationFailureInfo: { type: 'TooLate' } } },
        },
      },
      {
        eventTime,
        workflowExecutionSignaledEventAttributes: {
          signalName: 'poke',
          input: { payloads: [refused!] },
          identity: 'bo',
        },
      },
    ];
    const story = storyOf(await readExecution([...events.slice(0, voted + 1), ...sent, ...events.slice(voted + 1)]));
    expect(story.messages).toMatchObject([
      {
        kind: 'update',
        name: 'addHint',
        arguments: [{ text: 'look at Germany' }],
        by: 'ada@host',
        round: 1,
        result: { accepted: true },
      },
      { kind: 'update', name: 'raiseBudget', arguments: [], failure: { type: 'TooLate', message: 'too late' } },
      { kind: 'signal', name: 'poke', arguments: ['too late'], by: 'bo' },
    ]);
    expect(textOf(story)).toContain(
      '» addHint({"text":"look at Germany"}) → {"accepted":true}\n    update by ada@host at ',
    );
  });
});

/** Turns bytes over: enough to show that payloads are decoded as the client says. */
const contexts: (SerializationContext | undefined)[] = [];
const codec: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads.map(turn)),
  decode: (payloads, context) => {
    contexts.push(context);
    return Promise.resolve(payloads.map(unturn));
  },
};
function turn(payload: Payload): Payload {
  const data = Buffer.from(
    JSON.stringify({ ...payload, metadata: undefined, data: Buffer.from(payload.data ?? []).toString('base64') }),
  );
  return { metadata: { encoding: Buffer.from('binary/turned') }, data: data.map((byte) => byte ^ 255) };
}
function unturn(payload: Payload): Payload {
  if (Buffer.from(payload.metadata?.['encoding'] ?? []).toString() !== 'binary/turned')
    throw new ValueError('not turned');
  const { data } = JSON.parse(Buffer.from(payload.data!.map((byte) => byte ^ 255)).toString()) as { data: string };
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(data, 'base64') };
}
/** Every payload of the events, encoded. */
function encoded<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => encoded(item)) as T;
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || 'low' in value) return value;
  if ('data' in value && 'metadata' in value) return turn(value as Payload) as T;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encoded(member as unknown)])) as T;
}

describe('payloads that are encoded', async () => {
  const events = (await recordedEvents('noise')).map((event) => encoded({ ...event }));

  it('are decoded by the client’s data converter', async () => {
    const converter: LoadedDataConverter = { ...defaultDataConverter, payloadCodecs: [codec] };
    expect(storyOf(await readExecution(events, converter))).toEqual(await recordedStory('noise'));
    // As the worker that encoded them: those of an activity are its own.
    const owned = { namespace: 'default', workflowId: 'a-run' };
    expect(contexts).toContainEqual({ type: 'workflow', ...owned });
    expect(contexts).toContainEqual({ type: 'activity', ...owned, activityId: '1', isLocal: false });
  });

  it('are an error that says what is missing, without it', async () => {
    await expect(readExecution(events)).rejects.toThrow(
      /^Event 1 of the history cannot be read \(.*\): give the client the data converter, with its codecs/,
    );
  });
});
