import { describeChecks } from './checks.ts';
import { checks } from './checks/windows.ts';

for (const ranks of [1, 2, 5]) {
  describeChecks(`windows on ${ranks} ranks`, checks, `${import.meta.dirname}/checks/windows.ts`, { ranks });
}
