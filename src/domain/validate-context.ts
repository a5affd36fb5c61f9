import { ASKED_STRATEGIES } from './plan.ts';

type Unknown = Record<string, unknown>;

/** Whether a value can be that of a field, and what can. */
interface Rule {
  isRight(value: unknown): boolean;
  right: string;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

function wholeFrom(least: number, most = Infinity): Rule {
  return {
    isRight: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    right: most === Infinity ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`,
  };
}

function over0(unit: string): Rule {
  return { isRight: (value) => isNumber(value) && value > 0 && value < Infinity, right: `${unit} above 0` };
}

const dollars = over0('US dollars');
const trueOrFalse: Rule = { isRight: (value) => typeof value === 'boolean', right: 'true or false' };

/** Every field of an `OptimizationContext`, `limits` apart. */
const FIELDS: Readonly<Record<string, Rule>> = {
  taskType: { isRight: (value) => typeof value === 'string' && value.trim() !== '', right: 'a name, as in "lookup"' },
  priority: wholeFrom(1, 10),
  strategy: {
    isRight: (value) => ASKED_STRATEGIES.some((name) => name === value),
    right: `${ASKED_STRATEGIES.slice(0, -1).join(', ')} or ${ASKED_STRATEGIES.at(-1)}`,
  },
  maxWorkers: wholeFrom(1),
  timeout: over0('milliseconds'),
  retries: wholeFrom(0),
  cache: trueOrFalse,
  costBudget: dollars,
  costTarget: dollars,
  latencyTarget: over0('milliseconds'),
  throughputTarget: over0('executions a second'),
  profiling: trueOrFalse,
  tags: {
    isRight: (value) => isObject(value) && Object.values(value).every((tag) => typeof tag === 'string'),
    right: 'texts by name, as in {team: "research"}',
  },
};

const LIMITS: Readonly<Record<string, Rule>> = {
  cpu: { ...wholeFrom(1), right: 'cores, a whole number from 1' },
  memory: { ...wholeFrom(16), right: 'MiB, a whole number from 16' },
};

/** What is wrong with an `OptimizationContext`, as sentences that say what would be right; empty when nothing is. */
export function validateContext(context: unknown): string[] {
  if (!isObject(context)) return [`The context is ${shown(context)}: give an object, as in {strategy: "cost"}.`];
  const { limits, ...fields } = context;
  const problems = check(fields, FIELDS, '', 'limits');
  if (limits === undefined) return problems;
  if (!isObject(limits)) return [...problems, `limits is ${shown(limits)}: give an object, as in {memory: 512}.`];
  return [...problems, ...check(limits, LIMITS, 'limits.')];
}

function check(given: Unknown, rules: Readonly<Record<string, Rule>>, prefix: string, ...others: string[]): string[] {
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (!Object.hasOwn(rules, name)) {
      const known = [...Object.keys(rules), ...others].map((field) => `${prefix}${field}`).join(', ');
      problems.push(`There is no field ${prefix}${name} in a context; there are ${known}.`);
    } else if (value !== undefined && !rules[name]!.isRight(value)) {
      problems.push(`${prefix}${name} is ${shown(value)}: give ${rules[name]!.right}.`);
    }
  }
  return problems;
}

function shown(value: unknown): string {
  if (isNumber(value) || value === undefined || typeof value === 'bigint') return String(value);
  return typeof value === 'function' ? 'a function' : JSON.stringify(value);
}

function isObject(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
