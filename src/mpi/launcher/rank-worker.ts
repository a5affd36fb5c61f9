import { FINISHED, handleOf, spawnedPlace } from '../../jobs/chunks.ts';
import type { JobModule } from '../../jobs/job.ts';
import type { Shared } from '../../jobs/layout.ts';
import { Worker } from '../../jobs/worker.ts';
import { inherit } from './inherit.ts';
import type { Link } from './link.ts';
import type { Go, LauncherMessage, Load } from './messages.ts';
import { RankPort } from './rank-port.ts';

/** What a chunk says of its parent where that has ended before: it is nobody's handle. */
const ENDED = 1;

export interface RankWorkerOptions {
  link: Link;
  module: JobModule<unknown, unknown, unknown, unknown>;
  shared: Shared;
  /** The rank's number on its host, and how many there are. */
  worker: number;
  workers: number;
  go: Go;
}

/** Runs tasks on this rank, until the launcher says that all is done, or that the job is cancelled. */
export async function workAsRank({
  link,
  module,
  shared,
  worker: number,
  workers,
  go,
}: RankWorkerOptions): Promise<void> {
  const port = new RankPort(link, go.notes);
  const call = { ...go, worker: number, workers, figures: link.figures.buffer, again: [], alone: [], port };
  const worker = new Worker(module, { ...call, input: undefined }, shared, port);
  link.onMessage = (message: LauncherMessage): void => {
    if (message.kind === 'inherit') takeOver(link, worker, shared, message.inheritance);
    else if (message.kind === 'answer' || message.kind === 'cancelled') port.tell(message);
    else if (message.kind === 'stop') port.tell({ kind: 'cancelled' });
  };
  const working = worker.work();
  if (go.load !== undefined) {
    load(worker, shared, go.load);
    link.post({ kind: 'loaded' });
    // Before a task of this rank's can end it: others could not take over what may be half there.
    link.flush();
  }
  await working;
}

function load(worker: Worker, shared: Shared, { chunks, spawned, counts, next }: Load): void {
  const { arena } = shared;
  shared.spawnedNumbers = -1 - next;
  const handles = new Map<number, number>();
  const before = new Map<number, number>();
  for (let at = 0; at < counts.length; at += 2) before.set(counts[at]!, counts[at + 1]!);
  const put = (
    payload: Uint8Array | string,
    chunk: Parameters<Worker['put']>[1],
    finished: readonly number[],
  ): void => {
    const place = worker.put(payload, chunk);
    for (const id of finished) arena.store(handleOf(place, id - chunk.first), FINISHED);
    for (let index = 0; index < chunk.count; index += 1) {
      const count = before.get(chunk.first + index);
      if (count === undefined) continue;
      handles.set(chunk.first + index, handleOf(place, index));
      arena.write(spawnedPlace(handleOf(place, index)), count);
    }
    worker.takeOver({ again: [place, 0, chunk.count], alone: [] });
  };
  for (const { payload, first, count, finished } of chunks)
    put(payload, { first, count, parent: 0, parentId: 0, ordinal: 0 }, finished);
  for (const { id, parent, ordinal, payload } of spawned) {
    put(payload, { first: id, count: 1, parent: handles.get(parent) ?? ENDED, parentId: parent, ordinal }, []);
  }
}

/** The first survivor whose loop turns takes over what a dead one leaves. */
function takeOver(
  link: Link,
  worker: Worker,
  shared: Shared,
  inheritance: Extract<LauncherMessage, { kind: 'inherit' }>['inheritance'],
): void {
  if (!shared.takesOver(inheritance.worker)) return;
  const { again, alone, told, spawns } = inherit(shared, inheritance);
  link.post({ kind: 'spawns', spawns });
  link.post({ kind: 'inherited', ...told });
  worker.takeOver({ again, alone });
}
