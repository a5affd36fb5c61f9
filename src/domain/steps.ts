/** Which of a run's two models a step asks, and the most it may answer, in tokens. */
export interface StepRules {
  role: 'planner' | 'executor';
  maxOutputTokens: number;
}

/** The rules of every step, by its name: workflows reserve a call's budget by them. */
export const STEP_RULES = {
  decideNextStep: { role: 'planner', maxOutputTokens: 512 },
  chooseTools: { role: 'executor', maxOutputTokens: 768 },
  extractChanges: { role: 'executor', maxOutputTokens: 1024 },
  repairChanges: { role: 'executor', maxOutputTokens: 768 },
  writeQuery: { role: 'planner', maxOutputTokens: 512 },
  repairQuery: { role: 'planner', maxOutputTokens: 512 },
  parseAnswer: { role: 'planner', maxOutputTokens: 384 },
  answerDirectly: { role: 'planner', maxOutputTokens: 384 },
  chooseAnswer: { role: 'planner', maxOutputTokens: 64 },
} as const satisfies Record<string, StepRules>;

export type StepName = keyof typeof STEP_RULES;
