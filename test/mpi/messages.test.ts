import { describeChecks } from './checks.ts';
import { checks } from './checks/messages.ts';

for (const ranks of [1, 2, 4]) {
  describeChecks(`messages on ${ranks} ranks`, checks, `${import.meta.dirname}/checks/messages.ts`, { ranks });
}
