import { answerCases } from './cases/answers.ts';
import { budgetCases } from './cases/budgets.ts';
import { callCases } from './cases/calls.ts';
import { disguiseCases } from './cases/disguises.ts';
import { graphCases } from './cases/graph.ts';
import { linkCases } from './cases/links.ts';
import { provenanceCases } from './cases/provenance.ts';
import { secretCases } from './cases/secrets.ts';
import type { InjectionCase } from './injection-case.ts';

/** Every order that the suite tries, in the order of what they are after. */
export const cases: readonly InjectionCase[] = [
  ...callCases,
  ...secretCases,
  ...linkCases,
  ...answerCases,
  ...graphCases,
  ...disguiseCases,
  ...provenanceCases,
  ...budgetCases,
];
