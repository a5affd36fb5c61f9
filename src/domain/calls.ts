/** Names one ask of one call of a run, whatever attempt makes it. */
export interface CallKey {
  round: number;
  /** Activity type, for example `model.decideNextStep` or `tool.search_documents`. */
  step: string;
  /** Which of the step's calls in the round, for example `0`, or `1.repair2`. */
  sample: string;
  /** 0 for the first ask, then 1 and 2 after invalid answers. */
  ask: number;
}

/** The call's folder below `runs/ID/calls/`, in an order that reads like the run. */
export function callPath(key: CallKey): string {
  return `${String(key.round).padStart(3, '0')}.${key.step}.${key.sample}.${key.ask}`;
}

/** Ends the sample of a call that is made once more beside a slow one. */
const TWICE = '~2';

/** The sample of the second call beside a slow one. */
export function secondCall(sample: string): string {
  return `${sample}${TWICE}`;
}

/** The sample that a call is made for, be it the first for it or the second. */
export function sampleOfCall(sample: string): string {
  return sample.endsWith(TWICE) ? sample.slice(0, -TWICE.length) : sample;
}
