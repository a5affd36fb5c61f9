import type { Spending } from '../cost/cost-optimizer.ts';
import { isJob } from '../jobs/job.ts';
import type { Job } from '../jobs/job.ts';
import type { GraphStore } from '../graph/graph-store.ts';
import { isTool } from '../tools/define-tool.ts';
import type { Tool } from '../tools/define-tool.ts';
import type { OperationContext } from './async/task.ts';
import type { ModuleFunction } from './async/threads.ts';

/** What keeps an operation busy: waiting, a processor, a graph's store, or several machines. */
export type OperationKind = 'io' | 'cpu' | 'graph-read' | 'graph-write' | 'distributed';

/** What a function is given after its input. */
export interface FunctionContext extends OperationContext {
  /** Tells what the operation pays for: tokens, a service's price, or bytes that are kept. */
  spend: (spending: Spending) => void;
}

/** A function: it runs here. */
export type FunctionOperation<Input extends readonly unknown[], T> = (
  ...input: [...Input, FunctionContext]
) => T | PromiseLike<T>;

/** A function that a module exports, called with the input alone: it may run on threads, or on ranks. */
export interface ModuleOperation extends ModuleFunction {
  /** What it is, where that is known. @default found by running it */
  kind?: 'io' | 'cpu' | 'distributed';
}

/** Methods of a graph store that are operations, by what they are. */
export const GRAPH_METHODS = {
  apply: 'graph-write',
  drop: 'graph-write',
  read: 'graph-read',
  query: 'graph-read',
  code: 'graph-read',
  describe: 'graph-read',
  neighbours: 'graph-read',
  stored: 'graph-read',
} as const satisfies Partial<Record<keyof GraphStore, OperationKind>>;
export type GraphMethod = keyof typeof GRAPH_METHODS;

/** A method of the graph store, called with the input. */
export interface GraphOperation<Method extends GraphMethod = GraphMethod> {
  graph: Method;
}

/** Any function, whatever its input. */
export type AnyFunction = (...input: never[]) => unknown;

export type AnyOperation = AnyFunction | ModuleOperation | Job<never> | GraphOperation | Tool<never>;

/** An operation, told apart. */
export type KnownOperation = { name: string; kind?: OperationKind } & (
  | { type: 'function'; work: AnyFunction }
  | { type: 'module'; module: ModuleFunction }
  | { type: 'job'; job: Job }
  | { type: 'graph'; method: GraphMethod }
  | { type: 'tool'; tool: Tool }
);

/** The name of a function without one: such are not told apart. */
export const ANONYMOUS = 'a function';

const KINDS = ['io', 'cpu', 'distributed'];

/** @throws {TypeError} for what is no operation */
export function knownOperation(operation: unknown): KnownOperation {
  if (typeof operation === 'function') {
    return { type: 'function', name: operation.name || ANONYMOUS, work: operation as AnyFunction };
  }
  if (isTool(operation)) return { type: 'tool', name: operation.name, tool: operation };
  if (isJob(operation)) {
    const { module, name } = operation;
    return { type: 'job', name: `${module}#${name}`, job: operation, kind: 'distributed' };
  }
  const { graph, module, name, kind } = (operation ?? {}) as Record<string, unknown>;
  if (typeof graph === 'string') {
    if (Object.hasOwn(GRAPH_METHODS, graph)) {
      const method = graph as GraphMethod;
      return { type: 'graph', name: `graph.${method}`, method, kind: GRAPH_METHODS[method] };
    }
    throw new TypeError(
      `There is no operation ${JSON.stringify(graph)} of a graph: give ${Object.keys(GRAPH_METHODS).join(', ')}.`,
    );
  }
  if (typeof module === 'string' && typeof name === 'string') {
    if (kind !== undefined && !KINDS.some((known) => known === kind)) {
      throw new TypeError(`The kind of ${name} is ${JSON.stringify(kind)}: give io, cpu or distributed.`);
    }
    const known = { type: 'module', name: `${module}#${name}`, module: { module, name } } as const;
    return kind === undefined ? known : { ...known, kind: kind as OperationKind };
  }
  throw new TypeError(
    'This is no operation: give a function, {module, name}, a job of defineJob, a tool of defineTool, or {graph} with the name of a method of the graph store.',
  );
}
