import { ApplicationFailure, Context } from '@temporalio/activity';
import { z } from 'zod';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { whenWritable } from '../src/artifacts/when-writable.ts';
import { NothingSpentError, recordedCall } from '../src/cost/call-records.ts';
import type { ToolStepCall } from '../src/domain/activities.ts';
import { maximumTokens, reserve } from '../src/domain/budget.ts';
import { tokenPrice } from '../src/cost/prices.ts';
import { withoutSecrets } from '../src/config/secrets.ts';
import { callPath } from '../src/domain/calls.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { renderText, truncate } from '../src/domain/text.ts';
import type { ToolOutcome, ToolSet } from '../src/domain/tools.ts';
import { withoutUnseen } from '../src/domain/unseen.ts';
import { answerSchema, parseAnswerText } from '../src/model/generate.ts';
import type { ModelCaller } from '../src/model/model-caller.ts';
import type { WorkerEngine } from '../src/optimizer/worker/worker-engine.ts';
import type { Generate, GenerateRequest, Tool } from '../src/tools/define-tool.ts';
import { plainOutput } from '../src/tools/plain-output.ts';
import { ToolCache } from '../src/tools/tool-cache.ts';
import { ToolError } from '../src/tools/tool-error.ts';
import { listTools } from '../src/tools/tool-set.ts';
import { loadDocuments } from './documents.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';

export interface ToolActivityParts {
  tools: readonly Tool[];
  /** The task queue that serves them. */
  queue: string;
  artifacts: ArtifactStore;
  caller: ModelCaller;
  /** Says when a call may be made. @default every call at once */
  turns?: Pick<WorkerEngine, 'take'>;
  /** The time by which outcomes are remembered, in milliseconds. @default Date.now */
  now?: () => number;
}

/**
 * `tools.list` and one activity a tool, `tool.NAME`.
 *
 * @throws {ToolDefinitionError} when the set cannot be served
 */
export function createToolActivities(parts: ToolActivityParts): Record<string, (...args: never[]) => Promise<unknown>> {
  const { tools, queue, artifacts, turns } = parts;
  const { listing, hash, tools: summaries } = listTools(tools, queue);
  const list = async (): Promise<ToolSet> => {
    await artifacts.putContent(listing);
    return { hash, tools: summaries };
  };
  const run = (tool: Tool) => (call: ToolStepCall) =>
    withHeartbeat(async (signal) => {
      if (call.toolSetHash !== hash) throw mismatch(queue, hash, call.toolSetHash);
      const made = (): Promise<ToolOutcome> => withFailures(() => runTool(tool, call, parts, signal));
      return turns === undefined ? made() : turns.take(signal, made);
    });
  return {
    'tools.list': () => withHeartbeat(list),
    ...Object.fromEntries(tools.map((tool) => [`tool.${tool.name}`, run(tool)])),
    /** Receives calls of tools that this worker does not serve: another worker of the queue may. */
    default: (call: ToolStepCall) => Promise.reject(mismatch(queue, hash, call.toolSetHash)),
  };
}

function mismatch(queue: string, own: string, asked: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'ToolSetMismatch',
    message: `This worker of ${queue} serves the tool set ${own.slice(0, 12)}, the run asked for ${String(asked).slice(0, 12)}: all workers of one queue must serve the same tools. It is tried again on another.`,
    nextRetryDelay: '500ms',
  });
}

const OUTPUT_CHARACTERS = 5_000_000;
const EXCERPT_CHARACTERS = 300;

async function runTool(
  tool: Tool,
  call: ToolStepCall,
  { artifacts, caller, now }: ToolActivityParts,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const input = tool.input.safeParse(call.input);
  if (!input.success) {
    throw refuse('InvalidToolInput', `The input of ${tool.name} does not fit: ${z.prettifyError(input.error)}`);
  }
  const key = { round: call.round, step: `tool.${tool.name}`, sample: call.sample, ask: call.ask };
  const cache = new ToolCache({ artifacts, tool, ...(now === undefined ? {} : { now }) });
  return recordedCall<ToolOutcome>(
    artifacts,
    call.run.id,
    key,
    { kind: 'tool', name: tool.name, body: call.input, reservation: { tokens: 0, dollars: tool.price } },
    async () => {
      const documents = await loadDocuments(artifacts, call.run);
      const cached = await cache.readCall<ToolOutcome>(call.input);
      if (cached !== undefined) return { value: cached, ...NO_TOKENS, dollars: 0 };
      let spent = 0;
      const output = await withDeadline(tool, signal, (deadline) =>
        tool.execute(input.data, {
          run: { id: call.run.id, question: call.run.question, documents },
          signal: deadline,
          heartbeat: () => Context.current().heartbeat(),
          artifacts,
          ...(call.compute === undefined ? {} : { compute: call.compute }),
          generate: createGenerate(call, tool.name, caller, deadline),
          spend: (dollars) => {
            spent += dollars;
          },
          idempotencyKey: `${call.run.id}/${callPath(key)}`,
          remember: (part, make) => cache.remember(part, make),
        }),
      ).catch((error: unknown) => {
        throw spentOrNot(error, tool);
      });
      const value = await storeOutput(tool, output, artifacts, signal);
      await cache.writeCall(call.input, value);
      return { value, ...NO_TOKENS, dollars: tool.price === null ? null : tool.price + spent };
    },
    { signal },
  );
}

const NO_TOKENS = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** A tool with a price has nothing to be paid for when it knows that its failure was free. */
function spentOrNot(error: unknown, tool: Tool): unknown {
  if (tool.price === 0 || !ToolError.isInstance(error) || !error.free) return error;
  return new NothingSpentError(error, { sent: true });
}

/** Gives a tool its time: one that ignores its signal is left behind. */
async function withDeadline<T>(
  tool: Tool,
  cancelled: AbortSignal,
  execute: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const signal = AbortSignal.any([cancelled, AbortSignal.timeout(tool.timeoutSeconds * 1000)]);
  const ended = Promise.withResolvers<never>();
  const end = (): void => {
    const late = `${tool.name} took longer than ${tool.timeoutSeconds} seconds.`;
    const timedOut = ApplicationFailure.create({ type: 'ToolTimeout', message: late, nonRetryable: tool.sideEffects });
    ended.reject(cancelled.aborted ? (cancelled.reason as Error) : timedOut);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([execute(signal), ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function storeOutput(
  tool: Tool,
  output: unknown,
  artifacts: ArtifactStore,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  let text: string;
  try {
    const plain = plainOutput(tool.output.parse(output), { characters: OUTPUT_CHARACTERS });
    text = withoutSecrets(withoutUnseen(renderText(plain)));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw refuse('ToolOutputInvalid', `${tool.name} gave an output that does not fit: ${truncate(problem, 1_000)}`);
  }
  // Indents come on top of what the output holds.
  if (text.length > OUTPUT_CHARACTERS) {
    throw refuse(
      'ToolOutputInvalid',
      `${tool.name} gave ${text.length} characters; the most is ${OUTPUT_CHARACTERS}: give it in pages.`,
    );
  }
  const outputSha256 = await whenWritable(() => artifacts.putContent(text), signal);
  return {
    outputSha256,
    shownTokens: maximumTokens(truncate(text, LIMITS.toolOutputCharacters)),
    excerpt: truncate(text, EXCERPT_CHARACTERS),
  };
}

/** Of the words and signs around a tool's own prompt. */
const TOKENS_AROUND = 100;

/** The most that an image counts for at any provider, as far as they say. */
const IMAGE_TOKENS = 50_000;

/** `generate` for one attempt of a tool call: its requests are recorded below the call, in the order they are made. */
function createGenerate(call: ToolStepCall, tool: string, caller: ModelCaller, signal: AbortSignal): Generate {
  const price = tokenPrice(call.model);
  let made = 0;
  let tokensLeft = call.allowance?.tokens ?? Infinity;
  let dollarsLeft = call.allowance?.dollars ?? Infinity;
  return async <T>(request: GenerateRequest & { schema?: z.ZodType<T> }): Promise<string | T> => {
    const { prompt, system = '', maxOutputTokens = 1_024, images = [], schema } = request;
    const sample = `${call.sample}.${made}`;
    made += 1;
    const json = schema === undefined ? undefined : answerSchema(schema);
    const words = prompt + system + (json === undefined ? '' : JSON.stringify(json));
    const shown = maximumTokens(words) + images.length * IMAGE_TOKENS;
    const reservation = reserve(shown, { fixedTokens: TOKENS_AROUND, maxOutputTokens }, price);
    tokensLeft -= reservation.tokens;
    dollarsLeft -= reservation.dollars ?? 0;
    if (tokensLeft < 0 || dollarsLeft < 0) {
      throw refuse(
        'OutOfBudget',
        `A model call of ${tool}, of up to ${reservation.tokens} tokens, does not fit the budget.`,
      );
    }
    const { text, inPrompt } = await caller.call(
      {
        run: call.run.id,
        key: { round: call.round, step: `tool.${tool}.generate`, sample, ask: call.ask },
        model: call.model,
        request: {
          name: tool,
          prompt: { system, user: prompt },
          ...(images.length === 0 ? {} : { images }),
          ...(json === undefined ? {} : { schema: json }),
          maxOutputTokens,
          temperature: 0,
          seed: 0,
        },
        reservation,
      },
      signal,
    );
    if (schema === undefined) return text;
    const parsed = parseAnswerText(text, schema, inPrompt);
    if (parsed.kind === 'invalid') throw new Error(`The model's answer does not fit: ${parsed.error}`);
    return parsed.value;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refuse(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
