import { describeChecks } from './checks.ts';
import { checks } from './checks/collectives.ts';

for (const ranks of [1, 3, 8]) {
  describeChecks(`collectives on ${ranks} ranks`, checks, `${import.meta.dirname}/checks/collectives.ts`, { ranks });
}
