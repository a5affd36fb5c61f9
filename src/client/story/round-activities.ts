import { sampleOfCall } from '../../domain/calls.ts';
import type { Activity } from './activity.ts';
import { callInput, toStep } from './steps.ts';
import type { Telling } from './steps.ts';
import type { StoryStep } from './story.ts';

/** A step, or a query, in its turn. */
export type RoundItem =
  | { kind: 'step'; step: string; sample: string; input: Record<string, unknown> }
  | { kind: 'query'; activity: Activity };

/** The activities of one round, with the asks of each step together. */
export class RoundActivities {
  readonly round: number;
  readonly all: Activity[] = [];
  readonly telling: Telling;

  constructor(round: number, telling: Telling) {
    this.round = round;
    this.telling = telling;
  }

  /** Activities of a type, in their order. */
  ofType(type: string): Activity[] {
    return this.all.filter((activity) => activity.type === type);
  }

  /** Samples of a step, in the order in which they were first asked. */
  samplesOf(step: string): string[] {
    return [...new Set(this.ofType(`model.${step}`).map(sampleOf))];
  }

  step<Value>(step: string, sample: string): StoryStep<Value> {
    return toStep(this.#asks(step, sample), this.telling);
  }

  steps<Value>(step: string): StoryStep<Value>[] {
    return this.samplesOf(step).map((sample) => this.step(step, sample));
  }

  /** What a step was asked with. */
  inputOf(step: string, sample: string): Record<string, unknown> {
    return callInput(this.#asks(step, sample)[0]!)!.input;
  }

  /** Steps, each where its last ask was made, and queries between them. */
  inOrder(): RoundItem[] {
    return this.all.flatMap((activity): RoundItem[] => {
      if (activity.type === 'graph.query') return [{ kind: 'query', activity }];
      if (!activity.type.startsWith('model.')) return [];
      const step = activity.type.slice('model.'.length);
      const sample = sampleOf(activity);
      if (this.#asks(step, sample).at(-1) !== activity) return [];
      return [{ kind: 'step', step, sample, input: this.inputOf(step, sample) }];
    });
  }

  #asks(step: string, sample: string): Activity[] {
    return this.ofType(`model.${step}`).filter((activity) => sampleOf(activity) === sample);
  }
}

/** A call that was made twice is one. */
function sampleOf(activity: Activity): string {
  return sampleOfCall(callInput(activity)!.sample);
}
