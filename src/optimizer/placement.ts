import type { ComputePlace, ExecutionPlan, OptimizationContext } from '../domain/plan.ts';
import type { KnownOperation, OperationKind } from './operation.ts';

/** Which component takes an operation, and why. */
export interface Placement {
  component: ComputePlace | 'graph';
  reason: string;
}

/** Where to look next when a place is not there. */
const NEXT_BEST: Readonly<Record<ComputePlace, readonly ComputePlace[]>> = {
  ranks: ['ranks', 'threads', 'here'],
  threads: ['threads', 'here'],
  here: ['here'],
};

/** What decides where an operation goes, beside itself. */
export interface PlacementParts {
  plan: ExecutionPlan;
  context: OptimizationContext;
  isThere: (place: ComputePlace) => boolean;
  /** What the operation turned out to be when it ran before. */
  observed: { kind: 'io' | 'cpu'; share: number } | undefined;
}

/** Functions and tools run here, graph operations at the store, jobs on threads or ranks; functions of modules where they can go on best. */
export function placeOf(operation: KnownOperation, parts: PlacementParts): Placement {
  switch (operation.type) {
    case 'function':
      return { component: 'here', reason: 'a function can run nowhere else: give {module, name} for that' };
    case 'tool':
      return { component: 'here', reason: 'a tool runs in its process' };
    case 'job': {
      const place = parts.plan.compute === 'here' ? 'threads' : parts.plan.compute;
      const reason = place === parts.plan.compute ? parts.plan.reasons['compute']! : 'a job has workers of its own';
      return { component: place, reason };
    }
    case 'graph':
      return { component: 'graph', reason: 'the graph store runs its operations' };
    case 'module': {
      const { place, reason } = wanted(operation.kind, parts);
      const component = NEXT_BEST[place].find((next) => parts.isThere(next))!;
      return { component, reason: component === place ? reason : `${reason}, but ${place} are not there` };
    }
  }
}

function wanted(
  stated: OperationKind | undefined,
  { plan, context, observed }: PlacementParts,
): { place: ComputePlace; reason: string } {
  if (stated === 'distributed') return { place: 'ranks', reason: 'it is distributed' };
  if (context.limits?.memory !== undefined) {
    return { place: 'threads', reason: 'only apart from this thread has it a limit of memory' };
  }
  if (context.timeout !== undefined) return { place: 'threads', reason: 'only on a thread is it really ended in time' };
  const kind = stated ?? observed?.kind;
  if (kind === undefined) return { place: plan.compute, reason: plan.reasons['compute']! };
  const known =
    stated === undefined
      ? `it was busy for ${Math.round(100 * observed!.share)}% of its time before`
      : 'it is said to be';
  if (kind === 'io') return { place: 'here', reason: `${known}: waiting needs no thread` };
  const place = plan.compute === 'here' ? 'threads' : plan.compute;
  return { place, reason: `${known}: it would hold up all others here` };
}
