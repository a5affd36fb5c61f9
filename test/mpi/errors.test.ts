import { describeChecks } from './checks.ts';
import { checks } from './checks/errors.ts';

describeChecks('errors', checks, `${import.meta.dirname}/checks/errors.ts`, { ranks: 2 });
