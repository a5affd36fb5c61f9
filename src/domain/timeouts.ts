/** Milliseconds between the heartbeats of an activity: short, so that a dead worker is found and a cancel arrives at once. */
export const BEAT_MILLISECONDS = 250;

/** A worker that is silent for so long while it is at an activity is dead, or blocked. */
export const HEARTBEAT_SECONDS = 4;

/** Kinds of timeouts of an activity, as Temporal names them. */
export type TimeoutKind = 'START_TO_CLOSE' | 'SCHEDULE_TO_START' | 'SCHEDULE_TO_CLOSE' | 'HEARTBEAT';

/** What it means that an activity timed out: Temporal only says which clock ran out. */
export function timeoutReason(kind: string | undefined): string {
  switch (kind as TimeoutKind | undefined) {
    case 'HEARTBEAT':
      return `its worker died, or was blocked: no sign of life for ${HEARTBEAT_SECONDS} seconds`;
    case 'START_TO_CLOSE':
      return 'it was not done in its time, nor did it end';
    case 'SCHEDULE_TO_START':
      return 'no worker took it in time';
    case 'SCHEDULE_TO_CLOSE':
      return 'it was not done in its time, over all its attempts';
    default:
      return 'it timed out';
  }
}
