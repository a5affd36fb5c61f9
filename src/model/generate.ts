import { generateText, jsonSchema, NoObjectGeneratedError, Output } from 'ai';
import type { UserContent } from 'ai';
import { z } from 'zod';
import type { TokenUsage } from '../cost/prices.ts';
import { modelLabel } from '../domain/models.ts';
import type { ImageReference, ModelReference } from '../domain/run.ts';
import { LIMITS } from '../domain/limits.ts';
import { truncate } from '../domain/text.ts';
import { classifyError, imagesRefused, ModelCallError } from './errors.ts';
import { languageModel, withoutKeys } from './language-model.ts';
import { parseJson } from './parse-json.ts';
import { explainIssues } from './schema-errors.ts';
import type { Prompt } from './step.ts';

/** One request to a model. Equal requests have equal canonical JSON: recordings are keyed by it. */
export interface ModelRequest {
  /** The step's name: the request carries it as its schema's name. */
  name: string;
  prompt: Prompt;
  /** Images of the artifact store, shown before the user's text. */
  images?: readonly ImageReference[];
  /** JSON schema of the answer; absent for plain text. */
  schema?: Readonly<Record<string, unknown>>;
  /** The invalid answer before this request, shown with its error. */
  previous?: { text: string; error: string };
  maxOutputTokens: number;
  temperature: number;
  seed: number;
}

export interface ModelAnswer extends TokenUsage {
  text: string;
  /** True when the endpoint did not say what the answer took: the counts are zeros then. */
  usageUnknown?: true;
}

const answerSchemas = new WeakMap<z.ZodType, Readonly<Record<string, unknown>>>();

/** The JSON schema of a step's answers, as requests carry it: most steps have one for all their calls. */
export function answerSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const known = answerSchemas.get(schema);
  if (known !== undefined) return known;
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-7' }) as Record<string, unknown>;
  answerSchemas.set(schema, json);
  return json;
}

/** Milliseconds after which a request that was sent is given up, by where the model runs. */
export function deadlineOf({ provider, url }: ModelReference, local: boolean): number {
  if (provider === 'oracle') return 3_000;
  // Below the five minutes after which Node's fetch gives up waiting for headers.
  return local && url !== undefined ? 290_000 : 120_000;
}

/**
 * Sends one request, without any retry. The answer holds no key, whatever the provider says back.
 *
 * @param inPrompt ask for JSON in the prompt, for an endpoint without structured output
 * @throws {ModelCallError} when no answer came back
 * @throws {ModelUnavailableError} when the model cannot be called at all
 */
export async function generate(
  model: ModelReference,
  request: ModelRequest,
  { signal, deadline, inPrompt, env, images = [] }: GenerateOptions,
): Promise<ModelAnswer> {
  const { name, prompt, schema, previous, maxOutputTokens, temperature, seed } = request;
  const user = schema === undefined ? prompt.user : `${prompt.user} ${COMPACT}`;
  const label = modelLabel(model);
  const called = languageModel(model, env);
  const timeout = AbortSignal.timeout(deadline);
  try {
    const result = await generateText({
      model: called,
      instructions: systemOf(request, inPrompt),
      messages: [
        { role: 'user', content: images.length === 0 ? user : withImages(user, images) },
        ...(previous === undefined
          ? []
          : [
              { role: 'assistant' as const, content: previous.text || '(nothing)' },
              {
                role: 'user' as const,
                content: `That does not fit: ${previous.error}\nAnswer again, so that it fits.`,
              },
            ]),
      ],
      ...(schema === undefined || inPrompt ? {} : { output: Output.object({ schema: jsonSchema(schema), name }) }),
      maxOutputTokens,
      temperature,
      seed,
      maxRetries: 0,
      abortSignal: AbortSignal.any([signal, timeout]),
    });
    return { text: withoutKeys(result.text, env), ...usageOf(result.usage) };
  } catch (error) {
    // It was answered, and paid for: whether the text fits is for the caller to see.
    if (NoObjectGeneratedError.isInstance(error)) {
      return { text: withoutKeys(error.text ?? '', env), ...usageOf(error.usage) };
    }
    signal.throwIfAborted();
    if (timeout.aborted) {
      const seconds = deadline / 1000;
      throw new ModelCallError('ModelTimeout', `${label} did not answer within ${seconds} seconds.`, { cause: error });
    }
    const failure = classifyError(error, model, env);
    throw images.length > 0 ? imagesRefused(failure, label) : failure;
  }
}

export interface GenerateOptions {
  signal: AbortSignal;
  /** Milliseconds. */
  deadline: number;
  inPrompt: boolean;
  env: NodeJS.ProcessEnv;
  /** The content of the request's images, in its order. */
  images?: readonly ImageContent[];
}

export interface ImageContent {
  mediaType: string;
  bytes: Uint8Array;
}

function withImages(text: string, images: readonly ImageContent[]): UserContent {
  return [
    ...images.map(({ mediaType, bytes }) => ({ type: 'file' as const, mediaType, data: bytes })),
    { type: 'text', text },
  ];
}

/** Small models fill lines with spaces, and each is a token that takes time and money. */
const COMPACT = 'Answer with compact JSON, all on one line.';

function systemOf({ name, prompt: { system }, schema }: ModelRequest, inPrompt: boolean): string {
  if (schema === undefined || !inPrompt) return system;
  return `${system}\n\nAnswer with one JSON object, "${name}", and nothing else. It fits this JSON schema:\n${JSON.stringify(schema)}`;
}

function usageOf(
  usage:
    | {
        inputTokens: number | undefined;
        outputTokens: number | undefined;
        inputTokenDetails?: { cacheReadTokens?: number | undefined };
        outputTokenDetails?: { reasoningTokens?: number | undefined };
      }
    | undefined,
): Omit<ModelAnswer, 'text'> {
  // No prompt takes nothing: some clients fill in zeros.
  const told = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0) > 0;
  const reasoningTokens = usage?.outputTokenDetails?.reasoningTokens ?? 0;
  return {
    ...(told ? {} : { usageUnknown: true }),
    inputTokens: usage?.inputTokens ?? 0,
    cachedInputTokens: usage?.inputTokenDetails?.cacheReadTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    ...(reasoningTokens === 0 ? {} : { reasoningTokens }),
  };
}

/**
 * Reads an answer's text by its schema.
 *
 * @param lenient forgive code fences and slips of a model that was asked for JSON in words; never a wrong shape
 */
export function parseAnswerText<T>(
  text: string,
  schema: z.ZodType<T>,
  lenient: boolean,
): { kind: 'answer'; value: T } | { kind: 'invalid'; text: string; error: string } {
  const invalid = (error: string): { kind: 'invalid'; text: string; error: string } => ({
    kind: 'invalid',
    text: truncate(text, 2_000),
    error: truncate(error, 1_000),
  });
  // Valid or not, it would not fit into the run's history.
  if (text.length > LIMITS.answerCharacters) {
    return invalid(`The answer has ${text.length} characters, the most is ${LIMITS.answerCharacters}: answer shorter.`);
  }
  const json = parseJson(text, lenient);
  if (json === undefined) return invalid('The answer is not a JSON object.');
  const parsed = schema.safeParse(json);
  return parsed.success ? { kind: 'answer', value: parsed.data } : invalid(explainIssues(parsed.error));
}
