import { describe, expect, it, onTestFinished } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubReply, StubRequest } from '../../bench/stub-model.ts';
import { findOpenable } from '../../cli/find-run.ts';
import { Session } from '../../cli/session.ts';
import { commandFolder } from '../support/command-folder.ts';
import { processesOf } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { oneFact, toReply } from '../support/stack.ts';

async function model(script: (request: StubRequest) => StubReply): Promise<{ env: NodeJS.ProcessEnv }> {
  const stub = await startStubModel(script);
  onTestFinished(() => stub.close());
  return { env: { KGOT_MODEL: 'stub', KGOT_MODEL_URL: stub.url } };
}

const COMMANDS = [1, 2, 3];

describe('commands that begin at once in one data directory', { timeout: 240_000 }, () => {
  it('share one server and one worker, and go on when the one that started them ends first', async () => {
    const { path, kgot } = commandFolder();
    const { env } = await model((request) => toReply(oneFact[request.step]?.(request)));
    const commands = COMMANDS.map((number) => kgot([`Who leads Peru? (${number})`, '--votes', '1', '--json'], env));
    for (const command of commands) {
      expect(await command.ended, command.stderr).toBe(0);
      expect(JSON.parse(command.stdout)).toMatchObject({ answer: 'Ada Vega', ledger: { unknown: 0, failed: 0 } });
    }
    const begun = commands.map(({ stderr }) => stderr).join('');
    expect(begun.match(/A new data directory/g)).toHaveLength(1);
    expect(processesOf(path)).toEqual([]);
  });

  it('lose nothing by a kill of the one that started the server: another takes its place', async () => {
    const { kgot } = commandFolder();
    let answers = false;
    const asked = Promise.withResolvers<void>();
    const { env } = await model((request) => {
      asked.resolve();
      return answers ? toReply(oneFact[request.step]?.(request)) : 'hang';
    });
    const owner = kgot(['Who leads Peru? (1)', '--votes', '1', '--json'], env);
    await owner.until(/Run kgot-/);
    const guest = kgot(['Who leads Peru? (2)', '--votes', '1', '--json'], env);
    await Promise.all([asked.promise, guest.until(/round 1: voting/)]);
    answers = true;
    owner.child.kill('SIGKILL');
    await guest.until('The process that ran the server has ended: this one takes its place.');
    expect(await guest.ended, guest.stderr).toBe(0);
    expect(JSON.parse(guest.stdout)).toMatchObject({ answer: 'Ada Vega' });
    const again = kgot(['Who leads Peru? (1)', '--votes', '1', '--json'], env);
    expect(await again.ended, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ answer: 'Ada Vega' });
  });

  it('find a run where the one that started the server ends as they look', async () => {
    const { data, kgot } = commandFolder();
    const { env } = await model((request) => toReply(oneFact[request.step]?.(request)));
    const owner = kgot(['up']);
    await owner.until('Up: ');
    const asked = kgot(['Who leads Peru?', '--votes', '1'], env);
    expect(await asked.ended, asked.stderr).toBe(0);
    const [, id] = /^Run (\S+)$/m.exec(asked.stderr)!;
    await Session.run({ data }, {}, async (session) => {
      expect((await session.runtime()).role).toBe('guest');
      owner.child.kill('SIGINT');
      await owner.ended;
      expect(await findOpenable(session, id!)).toMatchObject({ status: 'COMPLETED' });
      expect((await session.runtime()).role).toBe('owner');
    });
  });

  it('and ask the same have it answered by one run', async () => {
    const { kgot } = commandFolder();
    const { env } = await model(() => 'hang');
    const commands = COMMANDS.map(() => kgot(['Who leads Peru?', '--votes', '1', '--json'], env));
    const id = async (command: Command): Promise<string> => {
      await command.until(/(Run|goes on:) kgot-\S+\n/);
      return /(?:Run|goes on:) (kgot-\S+)\n/.exec(command.stderr)![1]!;
    };
    expect(new Set(await Promise.all(commands.map(id))).size).toBe(1);
    expect(commands.filter(({ stderr }) => /^Run kgot-/m.test(stderr))).toHaveLength(1);
    for (const command of commands) command.child.kill('SIGINT');
    for (const command of commands) expect(await command.ended, command.stderr).toBe(130);
  });
});
