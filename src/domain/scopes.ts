/**
 * Budgets that runs share, by name: `batch:NAME`, `user:NAME`, `day:YYYY-MM-DD` in UTC. Each has one durable owner, the
 * workflow `budgetOwner`.
 */

/** Scopes that one run may have. */
const MOST_SCOPES = 8;
const RIGHT = 'batch:NAME, user:NAME (letters, digits and . _ @ + -, at most 100) or day:YYYY-MM-DD';

/** Why a scope's name is none, as a sentence that says what would be right; undefined when it is one. */
export function problemOfScope(scope: unknown): string | undefined {
  const [, kind, name = ''] = /^(batch|user|day):([\w.@+-]{1,100})$/.exec(String(scope)) ?? [];
  const right = typeof scope === 'string' && kind !== undefined && (kind !== 'day' || isDay(name));
  return right ? undefined : `${JSON.stringify(scope)} is no scope of a budget: give ${RIGHT}.`;
}

function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (day === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.toISOString().startsWith(text);
}

/** What is wrong with the scopes of a run, as sentences; empty when nothing is. */
export function problemsOfScopes(scopes: unknown): string[] {
  if (!Array.isArray(scopes)) return ['options.budgetScopes must be an array of names, as in ["user:ada"].'];
  const names = scopes as unknown[];
  const wrong = names.map((scope) => problemOfScope(scope)).filter((problem) => problem !== undefined);
  const twice = names.find((scope, index) => names.indexOf(scope) !== index);
  return [
    ...wrong.map((problem) => `options.budgetScopes: ${problem}`),
    ...(twice === undefined ? [] : [`options.budgetScopes names ${JSON.stringify(twice)} twice: name it once.`]),
    ...(names.length <= MOST_SCOPES
      ? []
      : [`options.budgetScopes has ${names.length} names, the most is ${MOST_SCOPES}: give fewer.`]),
  ];
}

/** The workflow id of a scope's owner. */
export function ownerId(scope: string): string {
  return `kgot-budget/${scope}`;
}

/** The user that a run is of, by its scopes. */
export function userOf(scopes: readonly string[]): string | undefined {
  return scopes.find((scope) => scope.startsWith('user:'))?.slice('user:'.length);
}

/** What to do where a scope has no owner. */
export function missingScope(scope: string): string {
  return `The budget ${scope} was never set: set it with "kgot budget set ${scope} AMOUNT", or leave the scope out.`;
}
