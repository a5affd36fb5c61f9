import type { ExecutionPlan, SamplePlan } from './plan.ts';

/** One choice of a plan, in words, and why it was made. */
export interface PlanChoice {
  /** What was chosen, for example `5 votes, all at once`. */
  text: string;
  reason: string;
}

/** A plan as its strategy and its choices. */
export function planWords(plan: ExecutionPlan): { strategy: PlanChoice; choices: PlanChoice[] } {
  const { reasons } = plan;
  const because = (name: string, text: string): PlanChoice => ({ text, reason: reasons[name] ?? '' });
  return {
    strategy: because('strategy', plan.strategy),
    choices: [
      because('votes', samples(plan.votes, 'vote')),
      because('parses', samples(plan.parses, 'parse')),
      because(
        'extractions',
        plan.extractions === 'together' ? 'reads several tool outputs at once' : 'reads each tool output by itself',
      ),
      ...(plan.sharedCalls === false ? [because('sharedCalls', 'makes identical tool calls again')] : []),
      because(
        'asks',
        `asks the ${plan.asks.map((tier) => (tier === 'cheap' ? 'cheap' : 'main')).join(', then the ')} model`,
      ),
      because(
        'hedge',
        plan.hedge === undefined
          ? 'no call is made twice'
          : plan.hedge.after === 0
            ? 'a call is made twice at once'
            : `a call is made twice after ${plan.hedge.after} ms, ${Math.round(100 * plan.hedge.share)} of 100 at most`,
      ),
      ...(plan.deadline === undefined ? [] : [because('deadline', `a request is given up after ${plan.deadline} ms`)]),
      because('sharedCache', plan.sharedCache ? 'answers of other runs are used' : 'no answers of other runs are used'),
    ],
  };
}

function samples({ most, send, tier }: SamplePlan, name: string): string {
  const count = `${most} ${name}${most === 1 ? '' : 's'} at most`;
  const how = most === 1 ? `1 ${name}` : send === 'all' ? `${count}, all at once` : `${count}, as many as decide first`;
  return tier === undefined ? how : `${how}, by the ${tier} model`;
}
