import { callPath } from '../../domain/calls.ts';
import type { CallKey } from '../../domain/calls.ts';

/** Reads what `callPath` wrote; `undefined` for another text. */
export function parseCallPath(path: string): CallKey | undefined {
  const [, round, step, sample, ask] = /^(\d+)\.((?:model|tool)\.\w+(?:\.generate)?)\.(.+)\.(\d+)$/.exec(path) ?? [];
  if (step === undefined) return undefined;
  return { round: Number(round), step, sample: sample!, ask: Number(ask) };
}

/** The call that a record belongs to: for a request that a tool made, the call of the tool. */
export function callOf(path: string): string {
  const key = parseCallPath(path);
  if (key?.step.endsWith('.generate') !== true) return path;
  const { round, step, sample, ask } = key;
  return callPath({ round, step: step.slice(0, -'.generate'.length), sample: sample.replace(/\.\d+$/, ''), ask });
}
