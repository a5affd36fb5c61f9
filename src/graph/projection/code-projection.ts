import { Scope } from 'quickjs-emscripten';
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten';
import { normalizeName, truncate } from '../../domain/text.ts';
import type { Cell, QueryRows } from '../graph-store.ts';
import { quickJSWithin } from './bounded-quickjs.ts';
import { makeCodeApi, toCodeContent } from './code-api.ts';
import type { ThrownError } from './code-api.ts';
import { CELL_CHARACTERS, tookTooLong, tookTooMuch } from './protocol.ts';
import type { ProjectionContent, QueryQuestion } from './protocol.ts';

const MIB = 1024 * 1024;
/** Memory of one piece of code, the graph included: 100,000 nodes and as many edges take half of it once they are searched. Bytes. */
const MEMORY_BYTES = 256 * MIB;
const STACK_BYTES = 256 * 1024;
/** Held back, so that an error can be read where code took all the rest. */
const RESERVE_BYTES = MIB;
const ERROR_CHARACTERS = 500;
const FILE = 'code';

/** Name of what was thrown and is no error. */
const NO_ERROR = '';

/** Code ends itself so many milliseconds before its process would be killed: a long native call is for that. */
const MARGIN_MILLISECONDS = 200;

/** Names a variable of the sandbox for as long as nothing of a model's has run. */
const CONTENT = 'content';

let engine: Promise<QuickJSWASMModule> | undefined;

/** A graph that answers JavaScript, which sees it and nothing else: no object of the host, no file, no network, no module. */
export class CodeProjection {
  readonly #content: string;

  constructor(graph: ProjectionContent) {
    this.#content = JSON.stringify(toCodeContent(graph));
  }

  /**
   * Runs code as the body of a function of `graph`, in a context of its own.
   *
   * @throws {Error} when the code is at fault, with its line
   */
  async run({ query, rows, milliseconds }: QueryQuestion): Promise<QueryRows> {
    const deadline = performance.now() + Math.max(milliseconds - MARGIN_MILLISECONDS, milliseconds / 2);
    const quickjs = await (engine ??= quickJSWithin(MEMORY_BYTES));
    const runtime = quickjs.newRuntime();
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => performance.now() > deadline);
    try {
      return inContext(runtime, (context, scope) => new Code(context, scope, query).run(this.#content, rows));
    } catch (error) {
      if (performance.now() > deadline) throw new Error(tookTooLong('code', milliseconds), { cause: error });
      if (error instanceof CodeError) throw error;
      // QuickJS itself broke down: what it holds is worth nothing any more.
      engine = undefined;
      throw new Error(tookTooMuch('code'), { cause: error });
    }
  }
}

/** Disposes of all that was made; what cannot be ends its engine. */
function inContext<Result>(runtime: QuickJSRuntime, work: (context: QuickJSContext, scope: Scope) => Result): Result {
  try {
    return Scope.withScope((scope) => work(scope.manage(runtime.newContext()), scope));
  } finally {
    try {
      runtime.dispose();
    } catch {
      engine = undefined;
    }
  }
}

/** The code is at fault: the message is for the model that repairs it. */
class CodeError extends Error {
  override readonly name = 'CodeError';
}

/** One piece of code in its context. */
class Code {
  readonly #context: QuickJSContext;
  readonly #scope: Scope;
  readonly #code: string;
  readonly #reserve: QuickJSHandle;

  constructor(context: QuickJSContext, scope: Scope, code: string) {
    this.#context = context;
    this.#scope = scope;
    this.#code = code;
    this.#reserve = scope.manage(context.newString(' '.repeat(RESERVE_BYTES)));
  }

  run(content: string, limit: number): QueryRows {
    const context = this.#context;
    const api = this.#makeApi(content);
    const [graph, rowsOf, errorOf] = ['graph', 'rowsOf', 'errorOf'].map((name) =>
      this.#scope.manage(context.getProp(api, name)),
    ) as [QuickJSHandle, QuickJSHandle, QuickJSHandle];
    // On the first line, so that lines are counted as the model wrote them.
    const body = this.#take(context.evalCode(`(function (graph) {${this.#code}\n})`, FILE, { strict: true }), errorOf);
    if (context.typeof(body) !== 'function') throw new CodeError('The code is not the body of one function.');
    const value = this.#take(context.callFunction(body, context.undefined, graph), errorOf);
    if (context.typeof(value) === 'undefined' && !/\breturn\b/.test(this.#code)) {
      throw new CodeError('The code returned nothing: end it with return ….');
    }
    const rows = this.#take(context.callFunction(rowsOf, context.undefined, value, this.#number(limit)), errorOf);
    return checkRows(context.getString(rows), limit);
  }

  /** What the code reads the graph with, made before it could put anything in another's place. */
  #makeApi(content: string): QuickJSHandle {
    const context = this.#context;
    const text = this.#scope.manage(context.newString(content));
    context.setProp(context.global, CONTENT, text);
    const source = `{
      const text = globalThis.${CONTENT};
      delete globalThis.${CONTENT};
      (${makeCodeApi.toString()})(JSON.parse(text), (${normalizeName.toString()}), ${CELL_CHARACTERS});
    }`;
    return this.#take(context.evalCode(source, 'graph'));
  }

  #number(value: number): QuickJSHandle {
    return this.#scope.manage(this.#context.newNumber(value));
  }

  #take(result: ReturnType<QuickJSContext['evalCode']>, errorOf?: QuickJSHandle): QuickJSHandle {
    if (!result.error) return this.#scope.manage(result.value);
    const thrown = this.#scope.manage(result.error);
    throw new CodeError(this.#describe(thrown, errorOf));
  }

  #describe(thrown: QuickJSHandle, errorOf: QuickJSHandle | undefined): string {
    const context = this.#context;
    if (errorOf === undefined) return tookTooMuch('code');
    this.#reserve.dispose();
    const described = context.callFunction(errorOf, context.undefined, thrown);
    if (described.error) {
      this.#scope.manage(described.error);
      return 'The code threw what cannot be shown.';
    }
    const { name, message, stack } = JSON.parse(context.getString(this.#scope.manage(described.value))) as ThrownError;
    // Where there is no room for an error, null is thrown.
    if (message === 'out of memory' || (name === NO_ERROR && message === 'null')) return tookTooMuch('code');
    const line = new RegExp(`\\b${FILE}:(\\d+)`).exec(stack)?.[1];
    const text = line === undefined ? '' : (this.#code.split('\n')[Number(line) - 1] ?? '').trim();
    const place = line === undefined ? '' : ` (line ${line}${text === '' ? '' : `: ${truncate(text, 120)}`})`;
    const words = name === NO_ERROR ? `The code threw ${message}` : `${name}: ${message}`;
    return `${truncate(words, ERROR_CHARACTERS)}${place}`;
  }
}

/** Code may have changed what its rows were written with: they are read as what a stranger sends. */
function checkRows(text: string, limit: number): QueryRows {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    read = undefined;
  }
  const { columns, rows, truncated } = (read ?? {}) as Partial<Record<keyof QueryRows, unknown>>;
  const isCell = (cell: unknown): cell is Cell =>
    cell === null || ['string', 'number', 'boolean'].includes(typeof cell);
  const fits =
    Array.isArray(columns) &&
    columns.every((column) => typeof column === 'string') &&
    Array.isArray(rows) &&
    rows.length <= limit &&
    rows.every((row: unknown) => Array.isArray(row) && row.length === columns.length && row.every(isCell)) &&
    typeof truncated === 'boolean';
  if (!fits) throw new CodeError('The code changed built-in functions: leave them as they are.');
  const shortened = (rows as Cell[][]).map((row) =>
    row.map((cell) => (typeof cell === 'string' ? truncate(cell, CELL_CHARACTERS) : cell)),
  );
  return { columns: columns.map((column) => truncate(column, CELL_CHARACTERS)), rows: shortened, truncated };
}
