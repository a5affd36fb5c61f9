import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { runHandle } from '../src/client/client.ts';
import type { WaitingCall } from '../src/domain/updates.ts';
import { messageOf } from './errors.ts';
import type { Session } from './session.ts';
import { laterLine, waitingLine } from './show/waiting.ts';

/** Milliseconds between looks at whether the call still waits. */
const LOOK = 1_000;

/**
 * Asks the person at the terminal about a tool call that waits; nothing is decided when they leave it for later. The
 * question goes away when the call is decided elsewhere.
 */
export async function decideInline(session: Session, id: string, call: WaitingCall, ended: AbortSignal): Promise<void> {
  const { client } = await session.runtime();
  const run = runHandle(client, id);
  const decided = new AbortController();
  const signal = AbortSignal.any([ended, session.signal, decided.signal]);
  const watching = (async () => {
    while (!signal.aborted) {
      await delay(LOOK, undefined, { signal }).catch(() => undefined);
      const progress = await run.progress().catch(() => undefined);
      if (progress !== undefined && !progress.waiting.some((waiting) => waiting.id === call.id)) decided.abort();
    }
  })();
  session.say(`\nThe run wants to change something outside, and waits for you:\n  ${waitingLine(call)}`);
  // Without its own terminal handling, Ctrl-C reaches the process.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    for (;;) {
      const [, answer, reason] = /^\s*(\S*)\s*(.*)$/.exec(
        await lines.question('Let it? [y]es, [n]o, n REASON, or [l]ater: ', { signal }),
      )!;
      if (/^y(es)?$/i.test(answer!)) await run.approveToolCall(call.id);
      else if (/^no?$/i.test(answer!)) await run.rejectToolCall(call.id, reason!.trim() || undefined);
      else if (/^l(ater)?$/i.test(answer!)) session.say(laterLine(id, call));
      else continue;
      return;
    }
  } catch (error) {
    if (!signal.aborted) session.say(`${messageOf(error)}\n${laterLine(id, call)}`);
    else if (!session.signal.aborted) session.say('\nIt was decided elsewhere.');
  } finally {
    lines.close();
    decided.abort();
    await watching;
  }
}
