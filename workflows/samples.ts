import { nextStage } from '../src/domain/votes.ts';
import type { ModelTier, SamplePlan } from '../src/domain/plan.ts';
import { all } from './all.ts';
import { startLeavable } from './late.ts';
import type { LeavableCall } from './late.ts';

/** How one sample of a step is asked for. */
export interface SampleCall {
  /** From 0. */
  index: number;
  /** The tier that is asked, where it is not the plan's usual one. */
  tier?: ModelTier;
  /** Whether its answer still counts: no other ask is made for one that does not. */
  counts: () => boolean;
  /** False where other samples are on their way already: none of them is made twice. */
  hedge: boolean;
}

/** A step that is asked for several times, and whose answers decide by a strict majority. */
export interface Sampled<T> {
  plan: SamplePlan;
  /** The tier of samples that follow ones which disagreed. */
  unsure: ModelTier;
  one: (call: SampleCall) => Promise<T | undefined>;
  /** Equal for answers that say the same. */
  valueOf: (answer: T) => string;
  /** Told of each answer as it counts. */
  onAnswer?: (answers: readonly T[]) => void;
  /** Told how many samples were not sent, once the others have decided. */
  onDecided: (notSent: number) => void;
}

/** Asks until a value has a strict majority, or none can have one any more. @returns the answers that count, lost ones left out */
export function takeSamples<T>(sampled: Sampled<T>): Promise<T[]> {
  return sampled.plan.send === 'all' ? allAtOnce(sampled) : inStages(sampled);
}

/** As many as could decide, then as many more. */
async function inStages<T>({ plan, unsure, one, valueOf, onAnswer, onDecided }: Sampled<T>): Promise<T[]> {
  const answers: T[] = [];
  let sent = 0;
  for (;;) {
    const stage = nextStage(plan.most, countsOf(answers, valueOf), sent);
    if (stage === 0) {
      onDecided(plan.most - sent);
      return answers;
    }
    const tier = sent === 0 ? tierOf(plan) : { tier: unsure };
    const calls = Array.from({ length: stage }, (_, index) =>
      one({ index: sent + index, counts: () => true, hedge: true, ...tier }),
    );
    sent += stage;
    for (const answer of await all(calls)) if (answer !== undefined) answers.push(answer);
    onAnswer?.(answers);
  }
}

/** All at once: the slow ones are left behind once the others have decided. */
async function allAtOnce<T>({ plan, one, valueOf, onAnswer }: Sampled<T>): Promise<T[]> {
  const answers: T[] = [];
  let settled = 0;
  let decided = false;
  const calls: LeavableCall<T | undefined>[] = Array.from({ length: plan.most }, (_, index) =>
    startLeavable(() => one({ index, counts: () => !decided, hedge: false, ...tierOf(plan) })),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      for (const { answer: coming } of calls) {
        coming.then((answer) => {
          settled += 1;
          if (decided) return;
          if (answer !== undefined) answers.push(answer);
          onAnswer?.(answers);
          decided = nextStage(plan.most, countsOf(answers, valueOf), settled) === 0;
          if (decided) resolve();
        }, reject);
      }
    });
    return answers;
  } finally {
    decided = true;
    for (const call of calls) call.leave();
  }
}

function tierOf({ tier }: SamplePlan): { tier?: ModelTier } {
  return tier === undefined ? {} : { tier };
}

function countsOf<T>(answers: readonly T[], valueOf: (answer: T) => string): number[] {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(valueOf(answer), (counts.get(valueOf(answer)) ?? 0) + 1);
  return [...counts.values()];
}
