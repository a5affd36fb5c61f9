import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { commandFolder } from '../support/command-folder.ts';
import { ROOT } from '../support/command.ts';
import { oneFact, toReply } from '../support/stack.ts';

const HOUR = 3_600;

it(
  'a clock that jumps by days changes no answer, no ledger and no time that is told',
  { timeout: 240_000 },
  async () => {
    const { kgot } = commandFolder();
    const model = await startStubModel((request) => toReply(oneFact[request.step]?.(request)), { latency: 300 });
    onTestFinished(() => model.close());
    const clock = pathToFileURL(join(ROOT, 'test/support/jumping-clock.ts')).href;
    const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url, NODE_OPTIONS: `--import ${clock}` };
    const json = async (...args: string[]): Promise<Record<string, unknown>> => {
      const command = kgot([...args, '--json'], env);
      expect(await command.ended, command.stderr).toBe(0);
      return JSON.parse(command.stdout) as Record<string, unknown>;
    };
    const { id, seconds, ...solved } = await json('Who leads Peru?', '--votes', '1');
    expect(solved).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', ledger: { unknown: 0, failed: 0 } });
    expect(solved['ledger']).toMatchObject({ calls: model.requests.length });
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(HOUR);
    expect((await json('resume', String(id)))['seconds']).toBeLessThan(HOUR);
    const story = (await json('show', String(id))) as unknown as RunStory;
    const times = story.rounds.map(({ seconds: taken }) => taken);
    expect(times.every((taken) => taken !== undefined && taken >= 0 && taken < HOUR)).toBe(true);
  },
);
