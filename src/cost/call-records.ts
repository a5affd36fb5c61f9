import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { whenWritable } from '../artifacts/when-writable.ts';
import { withoutSecrets } from '../config/secrets.ts';
import type { Reservation } from '../domain/activities.ts';
import { callPath } from '../domain/calls.ts';
import type { CallKey } from '../domain/calls.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import { userOf } from '../domain/scopes.ts';
import { canonicalJson } from '../domain/text.ts';
import type { CostEntry } from './cost-report.ts';
import { readScopes } from './run-scopes.ts';
import { addSpending } from './spending.ts';

export interface CallRequest {
  kind: 'model' | 'tool';
  /** A step's or a tool's name. */
  name: string;
  /** `provider:name` of the model. */
  model?: string;
  /** What is sent, without keys: an answer is only used for the same request. */
  body: unknown;
  reservation: Reservation;
}

export interface CallResponse<T> {
  value: T;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  /** Part of `outputTokens`; absent when there were none. */
  reasoningTokens?: number;
  /** US dollars; `null` when the price is unknown. */
  dollars: number | null;
  /** True when it is not known what the answer took: it counts with what was reserved for it. */
  usageUnknown?: true;
  /** For an answer that another run had paid for: what it would have cost in US dollars, `null` when that is unknown. */
  reused?: { dollars: number | null };
}

/** Thrown by `perform` when an answer came back that is an error, or nothing was sent: it is known to cost nothing. */
export class NothingSpentError extends Error {
  override readonly name = 'NothingSpentError';
  /** What the attempt fails with. */
  readonly failure: Error;
  /** Whether a request reached the other side. */
  readonly sent: boolean;
  constructor(failure: Error, { sent }: { sent: boolean }) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.sent = sent;
  }
}

/** When, by the worker's clock, in ISO 8601; absent where older versions wrote it. */
type RecordedRequest = CallRequest & { startedAt?: string };
type RecordedResponse<T> = (
  | ({ kind: 'answer' } & CallResponse<T>)
  | { kind: 'error'; message: string; sent: boolean }
) & { endedAt?: string };

/** What earlier attempts of a call have left. */
export interface EarlierAttempts {
  /** Requests that reached the other side, or may have. */
  sent: number;
  /** Requests that stayed without an answer. */
  unanswered: number;
  lastError?: string;
}

export interface RecordedCallOptions {
  /** Throws when no request may be sent after earlier ones, before anything is written. */
  mayStart?: (earlier: EarlierAttempts) => void;
  /** Ends the waiting for a store that takes no more, with an answer that was paid for. */
  signal?: AbortSignal;
}

const NEVER = new AbortController().signal;

/** What a call's attempts have left, in their order. */
async function readAttempts<T>(store: ArtifactStore, run: string, folder: string): Promise<RecordedAttempt<T>[]> {
  const numberOf = (name: string): number => Number.parseInt(name.slice(folder.length + 1), 10);
  const names = (await store.list(folder))
    .filter((name) => /\/\d+\.request$/.test(name) && name.lastIndexOf('/') === folder.length)
    .sort((a, b) => numberOf(a) - numberOf(b));
  return Promise.all(names.map((name) => readAttempt<T>(store, run, name)));
}

function whatTheyLeft(attempts: readonly RecordedAttempt[]): EarlierAttempts {
  const errors = attempts.flatMap(({ response }) => (response?.kind === 'error' ? [response] : []));
  const unanswered = attempts.filter(({ response }) => response === undefined).length;
  const lastError = errors.at(-1)?.message;
  return {
    sent: unanswered + errors.filter(({ sent }) => sent).length,
    unanswered,
    ...(lastError === undefined ? {} : { lastError }),
  };
}

/**
 * Makes a paid call that is written down before it is used: the request before it is sent, the answer before it is
 * returned. An attempt that finds an answer of an earlier one returns that and does not pay again.
 *
 * @param perform sends one request; see {@link NothingSpentError}
 */
export async function recordedCall<T>(
  store: ArtifactStore,
  run: string,
  key: CallKey,
  request: CallRequest,
  perform: (earlier: EarlierAttempts) => Promise<CallResponse<T>>,
  { mayStart = () => undefined, signal = NEVER }: RecordedCallOptions = {},
): Promise<T> {
  const folder = `runs/${run}/calls/${callPath(key)}`;
  const written: RecordedRequest = { ...request, startedAt: now() };
  const begin = (attempt: number): Promise<boolean> =>
    store.create(`${folder}/${attempt}.request`, JSON.stringify(written));
  let number = 1;
  let earlier: EarlierAttempts = { sent: 0, unanswered: 0 };
  const spent: LedgerEntry[] = [];
  // Nearly every attempt is its call's first: earlier ones are looked for where its name is taken.
  if (!(await begin(number))) {
    const attempts = await readAttempts<T>(store, run, folder);
    spent.push(...attempts.flatMap(({ entry }) => entry));
    const same = canonicalJson(request.body);
    const answered = attempts.find(
      (attempt) => attempt.response?.kind === 'answer' && canonicalJson(attempt.request.body) === same,
    );
    if (answered?.response?.kind === 'answer') {
      addSpending(spent);
      return answered.response.value;
    }
    earlier = whatTheyLeft(attempts);
    try {
      mayStart(earlier);
    } catch (error) {
      addSpending(spent);
      throw error;
    }
    number = attempts.length + 1;
    while (!(await begin(number))) number += 1;
  }
  const entryOf = (response: RecordedResponse<T> | undefined): LedgerEntry[] =>
    toEntry(`${callPath(key)}/${number}`, request, response);
  try {
    const response: RecordedResponse<T> = { kind: 'answer', ...(await perform(earlier)), endedAt: now() };
    await whenWritable(() => store.create(`${folder}/${number}.response`, JSON.stringify(response)), signal);
    spent.push(...entryOf(response));
    return response.value;
  } catch (error) {
    if (!(error instanceof NothingSpentError)) {
      spent.push(...entryOf(undefined));
      throw error;
    }
    const message = withoutSecrets(error.message);
    const response: RecordedResponse<T> = { kind: 'error', message, sent: error.sent, endedAt: now() };
    await whenWritable(() => store.create(`${folder}/${number}.response`, JSON.stringify(response)), signal);
    spent.push(...entryOf(response));
    throw error.failure;
  } finally {
    addSpending(spent);
  }
}

function now(): string {
  return new Date().toISOString();
}

/** One attempt of a call, as it was written down. */
export interface RecordedAttempt<T = unknown> {
  /** `KEY/ATTEMPT`, see `callPath`. */
  id: string;
  request: RecordedRequest;
  /** Absent when none came back. */
  response?: RecordedResponse<T>;
  /** Empty for an attempt that sent nothing: it belongs into no ledger. */
  entry: LedgerEntry[];
}

async function readAttempt<T>(store: ArtifactStore, run: string, requestName: string): Promise<RecordedAttempt<T>> {
  const stem = requestName.slice(0, -'.request'.length);
  const [requestBytes, responseBytes] = await Promise.all([store.read(requestName), store.read(`${stem}.response`)]);
  const request = JSON.parse(requestBytes!.toString()) as RecordedRequest;
  const response =
    responseBytes === undefined ? undefined : (JSON.parse(responseBytes.toString()) as RecordedResponse<T>);
  const id = stem.slice(`runs/${run}/calls/`.length);
  return { id, request, ...(response === undefined ? {} : { response }), entry: toEntry(id, request, response) };
}

function toEntry(id: string, request: CallRequest, response: RecordedResponse<unknown> | undefined): LedgerEntry[] {
  const { kind, name, model, reservation } = request;
  const shared = { id, kind, name, ...(model === undefined ? {} : { model }) };
  if (response === undefined || (response.kind === 'answer' && response.usageUnknown === true)) {
    // A tool without a price that failed, or was cut off, has nothing to be paid for.
    if (kind === 'tool' && reservation.dollars === 0) return [];
    const reserved = { inputTokens: reservation.tokens, cachedInputTokens: 0, outputTokens: 0 };
    return [{ ...shared, known: false, ...reserved, dollars: reservation.dollars }];
  }
  if (response.kind === 'error') {
    const zero = { known: true, failed: true, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, dollars: 0 };
    return response.sent ? [{ ...shared, ...zero }] : [];
  }
  const { inputTokens, cachedInputTokens, outputTokens, dollars, reused } = response;
  if (reused !== undefined) {
    const nothing = { known: true, reused: true, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, dollars: 0 };
    return [{ ...shared, ...nothing, ...(reused.dollars === null ? {} : { savedDollars: reused.dollars }) }];
  }
  return [{ ...shared, known: true, inputTokens, cachedInputTokens, outputTokens, dollars }];
}

/** The records of all calls of a run, in an order that reads like the run. */
export async function* readCallRecords(store: ArtifactStore, run: string): AsyncGenerator<RecordedAttempt> {
  const names = await store.list(`runs/${run}/calls`);
  const requests = names.filter((name) => name.endsWith('.request'));
  for (let start = 0; start < requests.length; start += AT_ONCE) {
    const some = requests.slice(start, start + AT_ONCE);
    yield* await Promise.all(some.map((name) => readAttempt(store, run, name)));
  }
}

/** A tool call that was answered. */
export interface RecordedToolCall<T> {
  round: number;
  tool: string;
  input: Record<string, unknown>;
  value: T;
}

/** Every tool call of a run that was answered, with what it gave. */
export async function readToolCalls<T>(store: ArtifactStore, run: string): Promise<RecordedToolCall<T>[]> {
  const names = await store.list(`runs/${run}/calls`);
  const requests = names.filter((name) => /\/\d+\.tool\.[^/]*\/\d+\.request$/.test(name));
  const attempts = await Promise.all(requests.map((name) => readAttempt<T>(store, run, name)));
  return attempts.flatMap(({ request, response }, index) => {
    if (request.kind !== 'tool' || response?.kind !== 'answer') return [];
    const round = Number.parseInt(requests[index]!.slice(`runs/${run}/calls/`.length), 10);
    return [{ round, tool: request.name, input: request.body as Record<string, unknown>, value: response.value }];
  });
}

/** Files that are read at once. */
const AT_ONCE = 64;

/** The folders of all runs that have made a call, in the order of their names. */
export async function callFolders(store: ArtifactStore): Promise<string[]> {
  const folders = new Set<string>();
  for (const name of await store.list('runs')) {
    const folder = /^runs\/([^/]+)\/calls\//.exec(name)?.[1];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders];
}

/** Every entry of a run's ledger, with when each was under way. @param run its name in the entries. @default the folder */
export async function readCostEntries(store: ArtifactStore, folder: string, run = folder): Promise<CostEntry[]> {
  const entries: CostEntry[] = [];
  const user = userOf(await readScopes(store, folder));
  const whose = user === undefined ? {} : { user };
  for await (const { entry, request, response } of readCallRecords(store, folder)) {
    const { startedAt } = request;
    const endedAt = response?.endedAt;
    const times = { ...(startedAt === undefined ? {} : { startedAt }), ...(endedAt === undefined ? {} : { endedAt }) };
    entries.push(...entry.map((one) => ({ ...one, run, ...whose, ...times })));
  }
  return entries;
}

/** Every entry of a run's ledger, from the records of all its calls. */
export async function readLedgerEntries(store: ArtifactStore, run: string): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const { entry } of readCallRecords(store, run)) entries.push(...entry);
  return entries;
}
