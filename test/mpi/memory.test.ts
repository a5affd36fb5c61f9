import { describeChecks } from './checks.ts';
import { checks } from './checks/memory.ts';

const flags = ['--expose-gc'];
describeChecks('memory', checks, `${import.meta.dirname}/checks/memory.ts`, { ranks: 2, flags });
