/** A thread that calculates one expression. It is ended when that takes too long: QuickJS interrupts no native loop. */
import { parentPort, workerData } from 'node:worker_threads';
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten';
import { quickJSWithin } from '../../graph/projection/bounded-quickjs.ts';

/** What the thread says: that it begins, then how it ended. */
export type CalculationReply = { kind: 'ready' } | { kind: 'value'; text: string } | { kind: 'error'; error: string };

const MILLISECONDS = 1_000;
const MEMORY_BYTES = 32 * 1024 * 1024;
const STACK_BYTES = 256 * 1024;
const RESULT_CHARACTERS = 4_000;
const ERROR_CHARACTERS = 500;

/** Writes objects as JSON, whole numbers of any size as text. */
const STRINGIFY = `((stringify, text) => (value) =>
  stringify(value, (name, member) => (typeof member === 'bigint' ? text(member) : member)))(JSON.stringify, String)`;

const say = (reply: CalculationReply): void => parentPort!.postMessage(reply);

const runtime = (await quickJSWithin(MEMORY_BYTES)).newRuntime();
runtime.setMaxStackSize(STACK_BYTES);
say({ kind: 'ready' });
const deadline = performance.now() + MILLISECONDS;
runtime.setInterruptHandler(() => performance.now() > deadline);
say(inTime(calculateSafely(workerData as string)));

/** Whatever fails once the time is over fails because of that. */
function inTime(reply: CalculationReply): CalculationReply {
  const late = reply.kind === 'error' && performance.now() > deadline;
  return late ? { kind: 'error', error: 'it took longer than a second' } : reply;
}

function calculateSafely(expression: string): CalculationReply {
  try {
    return calculate(runtime.newContext(), expression);
  } catch (error) {
    return { kind: 'error', error: String(error) };
  }
}

/** Nothing is disposed of: it all ends with the thread. */
function calculate(context: QuickJSContext, expression: string): CalculationReply {
  // Made before the expression could put another JSON in the place of this one.
  const stringify = context.unwrapResult(context.evalCode(STRINGIFY));
  const result = context.evalCode(expression);
  if (result.error) return failure(context, result.error);
  if (isPromise(context, result.value)) {
    return { kind: 'error', error: 'it is a promise, which nothing waits for' };
  }
  if (context.typeof(result.value) !== 'object') return { kind: 'value', text: render(context.dump(result.value)) };
  const json = context.callFunction(stringify, context.undefined, result.value);
  if (json.error) return failure(context, json.error);
  const text = context.getString(json.value);
  const value: unknown = context.typeof(json.value) === 'string' ? JSON.parse(text) : undefined;
  return { kind: 'value', text: typeof value === 'string' ? render(value) : text.slice(0, RESULT_CHARACTERS) };
}

function failure(context: QuickJSContext, error: QuickJSHandle): CalculationReply {
  const { name = 'Error', message = '' } = errorOf(context.dump(error));
  return { kind: 'error', error: `${name}: ${message}`.slice(0, ERROR_CHARACTERS) };
}

function isPromise(context: QuickJSContext, handle: QuickJSHandle): boolean {
  const state = context.getPromiseState(handle);
  return state.type !== 'fulfilled' || state.notAPromise !== true;
}

function errorOf(dumped: unknown): { name?: string; message?: string } {
  return typeof dumped === 'object' && dumped !== null ? dumped : { message: String(dumped) };
}

function render(value: unknown): string {
  const text = typeof value === 'number' ? numberText(value) : typeof value === 'string' ? value : jsonText(value);
  return text.slice(0, RESULT_CHARACTERS);
}

/** Binary fractions show as people write them: 0.1 + 0.2 is 0.3. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return '0';
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(15)));
}

function jsonText(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
}
