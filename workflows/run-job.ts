import type { ComputeCall, ComputePlaceUsed, ComputeResult } from '../src/domain/compute.ts';
import { runCompute } from './activities.ts';

/** Runs one job as one activity: how it goes is in the activity's heartbeats. */
export function runJob(call: ComputeCall, on: ComputePlaceUsed = 'threads'): Promise<ComputeResult> {
  return runCompute(call, on);
}
