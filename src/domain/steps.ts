/** What a step's requests have in common. */
export interface StepRules {
  /** Which of a run's two models it asks. */
  role: 'planner' | 'executor';
  /** Tokens of its fixed words and schema, at most. */
  fixedTokens: number;
  /** Tokens that it may be answered with. */
  maxOutputTokens: number;
}

/** The rules of every step, by its name: a call's budget is reserved by them. */
export const STEP_RULES = {
  decideNextStep: { role: 'planner', fixedTokens: 1_600, maxOutputTokens: 512 },
  chooseTools: { role: 'executor', fixedTokens: 1_000, maxOutputTokens: 768 },
  extractChanges: { role: 'executor', fixedTokens: 2_000, maxOutputTokens: 1024 },
  extractChangesTogether: { role: 'executor', fixedTokens: 2_300, maxOutputTokens: 2048 },
  repairChanges: { role: 'executor', fixedTokens: 1_750, maxOutputTokens: 768 },
  writeQuery: { role: 'planner', fixedTokens: 750, maxOutputTokens: 512 },
  repairQuery: { role: 'planner', fixedTokens: 600, maxOutputTokens: 512 },
  parseAnswer: { role: 'planner', fixedTokens: 700, maxOutputTokens: 384 },
  answerDirectly: { role: 'planner', fixedTokens: 750, maxOutputTokens: 384 },
  chooseAnswer: { role: 'planner', fixedTokens: 400, maxOutputTokens: 64 },
} as const satisfies Record<string, StepRules>;

export type StepName = keyof typeof STEP_RULES;
