import type { UnderWay } from '../activities/under-way.ts';

/** What a worker process tells the one that started it: that it polls, and which activities it is at. */
export type WorkerMessage = { type: 'ready' } | ({ type: 'activity' } & UnderWay);

/** What it is told first. */
export interface ServeMessage {
  /** The server that it serves. Absent where its environment says it. */
  at?: { address: string; namespace: string };
}
