import type { JobModule } from '../../jobs/job.ts';
import { Worker } from '../../jobs/worker.ts';
import { inherit } from './inherit.ts';
import type { Link } from './link.ts';
import type { Go, LauncherMessage } from './messages.ts';
import { RankPort } from './rank-port.ts';
import type { WindowShared } from './window-arena.ts';

export interface RankWorkerOptions {
  link: Link;
  module: JobModule<unknown, unknown, unknown, unknown>;
  shared: WindowShared;
  rank: number;
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
  rank,
  worker: number,
  workers,
  go,
}: RankWorkerOptions): Promise<void> {
  const port = new RankPort(link, go.careful);
  shared.numbers = go;
  const call = {
    ...go,
    worker: number,
    workers,
    number: rank,
    figures: link.figures.buffer,
    again: [],
    alone: [],
    port,
  };
  const worker = new Worker(module, { ...call, input: undefined }, shared, port);
  link.onMessage = (message: LauncherMessage): void => {
    if (message.kind === 'inherit') takeOver(link, worker, shared, message.inheritance);
    else if (message.kind === 'answer' || message.kind === 'cancelled') port.tell(message);
    else if (message.kind === 'stop' || message.kind === 'rest') port.tell({ kind: 'cancelled' });
  };
  await worker.work();
  link.onMessage = undefined;
}

/** The first survivor whose loop turns takes over what a dead one leaves. */
function takeOver(
  link: Link,
  worker: Worker,
  shared: WindowShared,
  inheritance: Extract<LauncherMessage, { kind: 'inherit' }>['inheritance'],
): void {
  if (!shared.takesOver(inheritance.worker)) return;
  const { again, alone, told, spawns } = inherit(shared, inheritance);
  link.post({ kind: 'spawns', spawns });
  link.post({ kind: 'inherited', ...told });
  worker.takeOver({ again, alone });
}
