import { LIMITS } from './limits.ts';
import { ASKED_STRATEGIES, SAVINGS } from './plan.ts';
import { GRAPH_BACK_ENDS, RETRIEVALS, WHEN_OUT_OF_BUDGET } from './run.ts';
import { problemsOfScopes } from './scopes.ts';
import { utf8Length } from './text.ts';

type Unknown = Record<string, unknown>;

/**
 * What is wrong with the input of a run, as sentences that say what would be right; empty when nothing is. Checked by
 * the client for a good message, and again by `run.prepare`, as anyone may start a run.
 */
export function validateRunInput(input: unknown): string[] {
  if (!isObject(input)) return ['The input must be an object {question, documents?, options?}.'];
  const problems: string[] = [];
  const { question, documents, options } = input;
  if (typeof question !== 'string' || question.trim() === '') problems.push('The question is empty: give it as text.');
  else if (question.length > LIMITS.questionCharacters) {
    problems.push(
      `The question has ${question.length} characters, the most is ${LIMITS.questionCharacters}: give long text as a document.`,
    );
  }
  if (documents !== undefined) problems.push(...validateDocuments(documents));
  if (options !== undefined) problems.push(...validateOptions(options));
  problems.push(
    ...unknownNames(input, ['question', 'documents', 'options']).map(
      ({ name, known }) => `There is no field ${name} in the input; there are ${known}.`,
    ),
  );
  return problems;
}

/** Names that are not known: a field that nobody reads would be lost without a word. */
function unknownNames(given: Unknown, known: readonly string[]): { name: string; known: string }[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({ name: JSON.stringify(name), known: known.join(', ') }));
}

function validateDocuments(documents: unknown): string[] {
  if (!Array.isArray(documents)) return ['documents must be an array.'];
  const problems: string[] = [];
  if (documents.length > LIMITS.documents) {
    problems.push(`The run has ${documents.length} documents, the most is ${LIMITS.documents}: give fewer.`);
  }
  let inline = 0;
  for (const [index, document] of documents.entries()) {
    const place = `documents[${index}]`;
    if (!isObject(document) || typeof document['name'] !== 'string' || typeof document['mediaType'] !== 'string') {
      problems.push(
        `${place} needs a name and a mediaType, as in {name: "notes.md", mediaType: "text/markdown", text}.`,
      );
    } else if (typeof document['text'] === 'string') inline += utf8Length(document['text']);
    else if (!/^[0-9a-f]{64}$/.test(String(document['sha256'])) || typeof document['bytes'] !== 'number') {
      problems.push(
        `${place} (${document['name']}) needs either text, or sha256 and bytes of content in the artifact store.`,
      );
    }
  }
  if (inline > LIMITS.inlineDocumentBytes) {
    problems.push(
      `The documents hold ${inline} bytes of inline text, the most is ${LIMITS.inlineDocumentBytes} in all: store them in the artifact store and pass {name, mediaType, sha256, bytes}.`,
    );
  }
  return problems;
}

const COUNTS = { rounds: 1, votes: 1, repairs: 0, regenerations: 0, finalParses: 1 } as const;
const MOST = 100;

function validateOptions(options: unknown): string[] {
  if (!isObject(options)) return ['options must be an object.'];
  const problems: string[] = [];
  for (const [name, least] of Object.entries(COUNTS)) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > MOST) {
      problems.push(`options.${name} is ${JSON.stringify(value)}: give a whole number from ${least} to ${MOST}.`);
    }
  }
  for (const name of ['remember', 'recall', 'cache']) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean') {
      problems.push(`options.${name} is ${JSON.stringify(value)}: give true or false.`);
    }
  }
  const { budgetScopes, whenOutOfBudget, without } = options;
  const { retrieval, graph, budget, models, toolQueues, answerFormat, approval, strategy, taskType, target, priority } =
    options;
  if (strategy !== undefined && !ASKED_STRATEGIES.some((name) => name === strategy)) {
    problems.push(
      `options.strategy is ${JSON.stringify(strategy)}: give ${ASKED_STRATEGIES.map((name) => `"${name}"`).join(', ')}.`,
    );
  }
  if (taskType !== undefined && !(isName(taskType) && taskType.length <= MOST_NAME)) {
    problems.push(`options.taskType must be a name of at most ${MOST_NAME} characters, as in "question".`);
  }
  if (priority !== undefined && !(Number.isInteger(priority) && Number(priority) >= 1 && Number(priority) <= 10)) {
    problems.push(
      `options.priority is ${JSON.stringify(priority)}: give a whole number from 1 to 10, the most urgent.`,
    );
  }
  if (
    without !== undefined &&
    !(Array.isArray(without) && without.every((name) => SAVINGS.some((known) => known === name)))
  ) {
    problems.push(`options.without is ${JSON.stringify(without)}: give names out of ${SAVINGS.join(', ')}.`);
  }
  if (target !== undefined) problems.push(...validateTarget(target));
  if (retrieval !== undefined && !RETRIEVALS.some((name) => name === retrieval)) {
    problems.push(`options.retrieval is ${JSON.stringify(retrieval)}: give "query", "code" or "direct".`);
  }
  if (graph !== undefined && !GRAPH_BACK_ENDS.some((name) => name === graph)) {
    problems.push(
      `options.graph is ${JSON.stringify(graph)}: give ${GRAPH_BACK_ENDS.map((name) => `"${name}"`).join(', ')}.`,
    );
  }
  if (answerFormat !== undefined && typeof answerFormat !== 'string') {
    problems.push('options.answerFormat must be text, as in "a number without a unit".');
  }
  if (budget !== undefined) problems.push(...validateBudget(budget));
  if (budgetScopes !== undefined) problems.push(...problemsOfScopes(budgetScopes));
  if (whenOutOfBudget !== undefined && !WHEN_OUT_OF_BUDGET.some((name) => name === whenOutOfBudget)) {
    problems.push(`options.whenOutOfBudget is ${JSON.stringify(whenOutOfBudget)}: give "answer" or "wait".`);
  }
  if (approval !== undefined) problems.push(...validateApproval(approval));
  if (models !== undefined) problems.push(...validateModels(models));
  if (toolQueues !== undefined && !(Array.isArray(toolQueues) && toolQueues.every(isName) && toolQueues.length > 0)) {
    problems.push('options.toolQueues must be names of task queues, at least one, as in ["kgot-tools"].');
  }
  const known = [
    ...Object.keys(COUNTS),
    'strategy',
    'taskType',
    'target',
    'priority',
    'cache',
    'without',
    'retrieval',
    'graph',
    'remember',
    'recall',
    'budget',
    'budgetScopes',
    'whenOutOfBudget',
    'models',
    'toolQueues',
    'answerFormat',
    'approval',
  ];
  problems.push(
    ...unknownNames(options, known).map((unknown) => `There is no option ${unknown.name}; there are ${unknown.known}.`),
  );
  return problems;
}

function validateBudget(budget: unknown): string[] {
  const wrong = (value: unknown): boolean => value !== undefined && !(typeof value === 'number' && value > 0);
  const right = isObject(budget) && unknownNames(budget, ['dollars', 'tokens']).length === 0;
  if (!right || wrong(budget['dollars']) || wrong(budget['tokens'])) {
    return ['options.budget must be {dollars?, tokens?}, each a number over 0.'];
  }
  return [];
}

function validateTarget(target: unknown): string[] {
  const right =
    isObject(target) &&
    Object.entries(target).every(
      ([name, value]) => ['seconds', 'dollars'].includes(name) && (value === undefined || isPositive(value)),
    );
  return right ? [] : ['options.target must be {seconds?, dollars?}, each a number over 0.'];
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

/** Characters of a task type. */
const MOST_NAME = 100;

function validateApproval(approval: unknown): string[] {
  const right =
    isObject(approval) &&
    Object.entries(approval).every(
      ([name, value]) =>
        ['timeoutSeconds', 'reminderSeconds'].includes(name) &&
        (value === undefined || (typeof value === 'number' && value >= 1 && value <= MOST_SECONDS)),
    );
  return right
    ? []
    : [`options.approval must be {timeoutSeconds?, reminderSeconds?}, each a number from 1 to ${MOST_SECONDS}.`];
}

/** A year. */
const MOST_SECONDS = 365 * 86_400;

function validateModels(models: unknown): string[] {
  const roles = ['planner', 'executor', 'cheap'];
  if (!isObject(models) || unknownNames(models, roles).length > 0) {
    return ['options.models must be {planner, executor, cheap?}.'];
  }
  return roles.flatMap((role) => {
    const model = models[role];
    if (role === 'cheap' && model === undefined) return [];
    const right =
      isObject(model) &&
      unknownNames(model, ['provider', 'name', 'url']).length === 0 &&
      isName(model['provider']) &&
      isName(model['name']) &&
      (model['url'] === undefined || (typeof model['url'] === 'string' && /^https?:\/\/\S+$/.test(model['url'])));
    return right
      ? []
      : [`options.models.${role} must be {provider, name, url?}, as in {provider: "openai", name: "gpt-4o-mini"}.`];
  });
}

function isObject(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
