import { LRUCache } from 'lru-cache';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { readSetting } from '../config/read-setting.ts';
import { recordedCall } from '../cost/call-records.ts';
import { NothingSpentError } from '../cost/call-records.ts';
import { priceOf } from '../cost/prices.ts';
import type { Reservation } from '../domain/activities.ts';
import { callPath } from '../domain/calls.ts';
import type { CallKey } from '../domain/calls.ts';
import { isLocal, modelLabel } from '../domain/models.ts';
import type { ModelReference } from '../domain/run.ts';
import { ModelCallError } from './errors.ts';
import { deadlineOf, generate } from './generate.ts';
import type { ModelAnswer, ModelRequest } from './generate.ts';
import { ModelUnavailableError, withoutKeys } from './language-model.ts';
import { recordedAnswer, Recorder, recordingKey } from './recordings.ts';
import { SharedAnswers } from './shared-answers.ts';

/** Requests that one call may send, over all its attempts. */
const MOST_REQUESTS = 5;

/** Thrown when a call has used up its requests. */
export class ModelGaveUpError extends Error {
  override readonly name = 'ModelGaveUpError';
}

export interface ModelCall {
  /** The run's folder. */
  run: string;
  key: CallKey;
  model: ModelReference;
  request: ModelRequest;
  reservation: Reservation;
  /** Requests that may stay without an answer, the next one included. */
  requests?: number;
  /** Milliseconds after which the request is given up, where that is before the model's own deadline. */
  deadline?: number;
  /** For a call that may be answered by what another run paid for: whether an answer is one that may serve others. */
  accepts?: (answer: CalledAnswer) => boolean;
}

/** An answer's text, and whether the model was asked for JSON in words. */
export interface CalledAnswer {
  text: string;
  inPrompt: boolean;
}

/** Who says when a call may be made. */
export interface Turns {
  /** Runs `call` when it is its turn; leaves the line when `signal` aborts while it waits. */
  take<T>(model: ModelReference, signal: AbortSignal, call: () => Promise<T>): Promise<T>;
}

export interface ModelCallerParts {
  artifacts: ArtifactStore;
  /** @default every call at once */
  turns?: Turns;
  env?: NodeJS.ProcessEnv;
}

const NO_LIMIT: Turns = { take: (_model, _signal, call) => call() };

/** Makes model calls for one worker process: each in its turn, written down, and never paid for twice. */
export class ModelCaller {
  readonly #artifacts: ArtifactStore;
  readonly #env: NodeJS.ProcessEnv;
  readonly #turns: Turns;
  readonly #shared: SharedAnswers;
  /** Endpoints that are known to have no structured output. */
  readonly #inPrompt = new Set<string>();
  readonly #recorders = new Map<string, Recorder>();
  /** Why requests stayed without an answer, by call: the records only know that they did. */
  readonly #unanswered = new LRUCache<string, string>({ max: 1_000 });

  constructor({ artifacts, turns = NO_LIMIT, env = process.env }: ModelCallerParts) {
    this.#artifacts = artifacts;
    this.#env = env;
    this.#turns = turns;
    this.#shared = new SharedAnswers(artifacts);
  }

  /** @throws {ModelCallError} or {@link ModelGaveUpError} when no answer came back */
  call(call: ModelCall, signal: AbortSignal): Promise<CalledAnswer> {
    const request = this.#withoutKeys(call.request);
    const inTurn = () => this.#turns.take(call.model, signal, () => this.#callNow({ ...call, request }, signal));
    return call.accepts === undefined ? inTurn() : this.#shared.oneAtATime(call.model, request, inTurn);
  }

  #callNow(call: ModelCall, signal: AbortSignal) {
    const { run, key, model, request, reservation, requests = MOST_REQUESTS, deadline, accepts } = call;
    const endpoint = `${model.url ?? model.provider} ${model.name}`;
    const path = `${run}/${callPath(key)}`;
    return recordedCall<CalledAnswer>(
      this.#artifacts,
      run,
      key,
      { kind: 'model', name: request.name, model: modelLabel(model), body: request, reservation },
      async (earlier) => {
        const paid = accepts === undefined ? undefined : await this.#shared.find(model, request);
        if (paid !== undefined) return { value: paid.answer, ...NO_USAGE, reused: { dollars: paid.dollars } };
        if (earlier.lastError?.startsWith(IN_PROMPT_MARK) === true) this.#inPrompt.add(endpoint);
        const inPrompt = this.#inPrompt.has(endpoint);
        const asked = { model, key, request, inPrompt, ...(deadline === undefined ? {} : { deadline }) };
        const answer = await this.#ask(asked, signal).catch((error: unknown) => {
          if (error instanceof ModelCallError && !error.answered) this.#unanswered.set(path, error.message);
          throw this.#spentOrNot(error, endpoint);
        });
        const { text, ...usage } = answer;
        const value = { text, inPrompt };
        const dollars = priceOf(model, answer);
        if (accepts?.(value) === true) await this.#shared.keep(model, request, { answer: value, dollars });
        return { value, ...usage, dollars };
      },
      {
        signal,
        mayStart: (earlier) => {
          if (earlier.sent < MOST_REQUESTS && earlier.unanswered < requests) return;
          const lastError = this.#unanswered.get(path) ?? earlier.lastError;
          const last = lastError === undefined ? '' : ` The last error: ${lastError}`;
          throw new ModelGaveUpError(
            `${modelLabel(model)} gave no answer to ${earlier.sent} requests, ${earlier.unanswered} of which may still cost.${last}`,
          );
        },
      },
    );
  }

  async #ask({ model, key, request, inPrompt, deadline = Infinity }: Asked, signal: AbortSignal): Promise<ModelAnswer> {
    const recording = recordingKey(key, request);
    if (model.provider === 'recorded') return recordedAnswer(model.name, recording);
    const images = await Promise.all(
      (request.images ?? []).map(async ({ mediaType, sha256 }) => ({
        mediaType,
        bytes: await this.#artifacts.getContent(sha256),
      })),
    );
    const answer = await generate(model, request, {
      ...{ signal, inPrompt, env: this.#env, images },
      deadline: Math.min(deadline, deadlineOf(model, isLocal(model))),
    });
    await this.#recorder(model)?.add(recording, answer);
    return answer;
  }

  /** A tool may have put a key of its own into its prompt. */
  #withoutKeys(request: ModelRequest): ModelRequest {
    const text = JSON.stringify(request);
    const clean = withoutKeys(text, this.#env);
    return clean === text ? request : (JSON.parse(clean) as ModelRequest);
  }

  #recorder(model: ModelReference): Recorder | undefined {
    const file = readSetting('record', this.#env);
    if (file === undefined) return undefined;
    let recorder = this.#recorders.get(file);
    if (recorder === undefined) this.#recorders.set(file, (recorder = new Recorder(file, modelLabel(model))));
    return recorder;
  }

  /** Tells an error that is known to cost nothing from one after which the answer may still be on its way. */
  #spentOrNot(error: unknown, endpoint: string): unknown {
    if (error instanceof ModelCallError) {
      if (error.type === 'StructuredOutputUnsupported') {
        this.#inPrompt.add(endpoint);
        const marked = new ModelCallError(error.type, `${IN_PROMPT_MARK}: ${error.message}`, error);
        return new NothingSpentError(marked, { sent: true });
      }
      if (error.answered) return new NothingSpentError(error, { sent: true });
      if (error.type === 'ModelUnreachable' || error.type === 'ModelUnavailable')
        return new NothingSpentError(error, { sent: false });
      return error;
    }
    const before =
      error instanceof ModelUnavailableError || (error instanceof Error && error.name === 'RecordingMissingError');
    return before ? new NothingSpentError(error, { sent: false }) : error;
  }
}

interface Asked {
  model: ModelReference;
  key: CallKey;
  request: ModelRequest;
  inPrompt: boolean;
  deadline?: number;
}

/** What an answer takes that another run had paid for. */
const NO_USAGE = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, dollars: 0 };

const IN_PROMPT_MARK = 'No structured output here';
