/** Which runs are listed. What is absent is not asked for. */
export interface RunFilter {
  status?: RunStatus;
  /** The planner's name, with or without its provider: `openai:gpt-4o-mini` or `gpt-4o-mini`. */
  model?: string;
  /** Started at this time or later. */
  since?: Date;
  /** Spent so many US dollars or more. */
  minDollars?: number;
  /** A condition in Temporal's own language, which must hold besides. */
  query?: string;
}

/** How a run stands, or why it ended. */
export const RUN_STATUSES = ['running', 'waiting', 'solved', 'forced', 'out-of-budget', 'cancelled', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The filter as a query of Temporal's visibility store. */
export function visibilityQuery({ status, model, since, minDollars, query }: RunFilter): string {
  return [
    `WorkflowType = 'answerQuestion'`,
    // An execution that went on as another is no run of its own.
    `ExecutionStatus != 'ContinuedAsNew'`,
    ...(status === undefined ? [] : [statusCondition(status)]),
    ...(model === undefined ? [] : [`KgotModel IN (${labelsOf(model).map(quote).join(', ')})`]),
    ...(since === undefined ? [] : [`StartTime >= ${quote(since.toISOString())}`]),
    ...(minDollars === undefined ? [] : [`KgotDollars >= ${minDollars.toFixed(9)}`]),
    ...(query === undefined ? [] : [`(${query})`]),
  ].join(' AND ');
}

/** What ended a run counts, not what it last said: one that was terminated still says that it runs. */
function statusCondition(status: RunStatus): string {
  switch (status) {
    case 'running':
      return `ExecutionStatus = 'Running'`;
    case 'waiting':
      return `ExecutionStatus = 'Running' AND KgotStatus = 'waiting'`;
    case 'cancelled':
      return `ExecutionStatus = 'Canceled'`;
    case 'failed':
      return `ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')`;
    case 'solved':
    case 'forced':
    case 'out-of-budget':
      return `ExecutionStatus = 'Completed' AND KgotStatus = ${quote(status)}`;
  }
}

const PROVIDERS = ['openai', 'anthropic', 'google', 'ollama', 'openai-compatible', 'recorded', 'oracle'];

/** A name may hold a colon of its own, as in `llama3:8b`. */
function labelsOf(model: string): string[] {
  return [model, ...PROVIDERS.map((provider) => `${provider}:${model}`)];
}

/** A string that stays one, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
