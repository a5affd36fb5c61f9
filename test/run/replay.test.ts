import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HISTORIES } from '../../scripts/record-histories.ts';
import { KgotPlugin } from '../../workers/plugin.ts';
import '../support/quiet.ts';

const { History } = proto.temporal.api.history.v1;
const names = (await readdir(HISTORIES)).filter((name) => name.endsWith('.bin'));

let plugin: KgotPlugin;
beforeAll(() => {
  plugin = new KgotPlugin();
});
afterAll(() => plugin.close());

it('has recorded histories to replay', () => {
  expect(names.length).toBeGreaterThanOrEqual(7);
});

it('replays every recorded history with the workflows as they are now', async () => {
  const histories = await Promise.all(
    names.map(async (name) => ({
      workflowId: name.replace(/\.bin$/, ''),
      history: History.decode(await readFile(join(HISTORIES, name))),
    })),
  );
  const replayed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ plugins: [plugin] }, histories)) {
    if (error !== undefined) throw new Error(`${workflowId}: ${error.message}`, { cause: error });
    replayed.push(workflowId);
  }
  expect(replayed.sort()).toEqual(names.map((name) => name.replace(/\.bin$/, '')).sort());
});

it.each(names)('%s names no machine and no path', async (name) => {
  const text = (await readFile(join(HISTORIES, name))).toString('latin1');
  expect(text).not.toMatch(/\/(work|home|root|tmp|Users)\//);
});
