import { ApplicationFailure, CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { runHandle } from '../src/client/client.ts';
import type { RunResult } from '../src/domain/run.ts';
import { decideInline } from './decide-inline.ts';
import { UserError } from './errors.ts';
import { inTime } from './runtime/in-time.ts';
import type { Session } from './session.ts';
import { retryLines } from './show/failures.ts';
import { fullDiskLine } from './show/full-disk.ts';
import { defangLinks } from './show/links.ts';
import { progressLine, progressLines } from './show/run.ts';
import { laterLine, waitingLine } from './show/waiting.ts';

/** Milliseconds between looks at a run that works. */
const LOOK = 300;
/** Looks from one to the next that also asks what the run waits for. */
const LOOKS_BETWEEN = 4;

/** Shows a run's progress until it ends, through restarts of server and worker. */
export async function followRun(session: Session, id: string): Promise<RunResult> {
  const done = new AbortController();
  const showing = showProgress(session, id, done.signal);
  try {
    return await session.persist((runtime) => runHandle(runtime.client, id).result());
  } catch (error) {
    if (session.signal.aborted) {
      throw new UserError(`Interrupted. The run stays open: go on with "kgot resume ${id}".`, { exitCode: 130 });
    }
    throw toUserError(error, id);
  } finally {
    done.abort();
    await showing;
  }
}

async function showProgress(session: Session, id: string, done: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([done, session.signal]);
  const asked = new Set<string>();
  let waits: string[] = [];
  for (let look = 0; !signal.aborted; look += 1) {
    try {
      const { client, connection, artifactsDirectory } = await session.runtime();
      const run = runHandle(client, id);
      const ask = <T>(question: () => Promise<T>): Promise<T> => inTime(connection, 3_000, question, signal);
      if (look % LOOKS_BETWEEN === 0) {
        const full = fullDiskLine(artifactsDirectory);
        waits = full === undefined ? retryLines(await ask(() => run.workflow.describe())) : [full];
      }
      const progress = await ask(() => run.progress());
      const preparing = progress.status === 'preparing';
      if (!signal.aborted && (!preparing || waits.length > 0)) {
        const lines = preparing ? [] : progressLines(progress);
        const line = preparing ? 'preparing' : progressLine(progress);
        const safe = (text: string): string => defangLinks(text, [progress.question, ...progress.hints]);
        session.painter.paint(
          [...lines, ...waits.map((wait) => `  ! ${wait}`)].map(safe),
          safe([line, ...waits].join('\n  ! ')),
        );
        for (const call of progress.waiting) {
          if (asked.has(call.id)) continue;
          asked.add(call.id);
          if (session.interactive) await decideInline(session, id, call, done);
          else session.say(`Waits for approval: ${waitingLine(call)}\n${laterLine(id, call)}`);
        }
      }
    } catch {
      // Whether the run is lost is for its result to say: a look that fails is only a look.
    }
    await delay(LOOK, undefined, { signal }).catch(() => undefined);
  }
}

/** What a run or its activity said when it failed, out of the failures that carry it. */
function toUserError(error: unknown, id: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  if (error.cause instanceof CancelledFailure) return new UserError(`The run ${id} was cancelled.`);
  let cause: Error = error;
  while (cause.cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
  return new UserError(`The run ${id} failed: ${cause.message}`, { cause: error });
}
