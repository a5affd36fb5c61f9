import { z } from 'zod';
import type { Tool, ToolContext } from '../tools/define-tool.ts';
import { ToolError } from '../tools/tool-error.ts';
import { InvalidContext } from './errors.ts';
import type { FunctionContext } from './operation.ts';
import { notAgain } from './not-again.ts';

/** What a tool is called with: its input, and what of its context there is. */
export type ToolInput<Input> = [input: Input, context?: Partial<ToolContext>];

/** Checks a tool's input now. @returns the call. @throws {InvalidContext} when the input does not fit */
export function toolCall(
  tool: Tool,
  [given, context = {}]: ToolInput<unknown>,
): (context: FunctionContext) => Promise<unknown> {
  const input = tool.input.safeParse(given);
  if (!input.success)
    throw new InvalidContext([`The input of ${tool.name} does not fit: ${z.prettifyError(input.error)}`]);
  return async (functionContext) => {
    functionContext.spend({ dollars: tool.price });
    try {
      const output = tool.output.safeParse(await tool.execute(input.data, toolContext(tool, context, functionContext)));
      if (output.success) return output.data;
      throw notAgain(new Error(`The output of ${tool.name} does not fit: ${z.prettifyError(output.error)}`));
    } catch (error) {
      if (!ToolError.isInstance(error)) throw error;
      if (error.free && tool.price !== null) functionContext.spend({ dollars: -tool.price });
      throw error.retry ? error : notAgain(error);
    }
  };
}

function toolContext(tool: Tool, given: Partial<ToolContext>, { signal, spend }: FunctionContext): ToolContext {
  const missing = (name: string): never => {
    throw notAgain(
      new TypeError(`${tool.name} asks for ${name}, which it was not given: give it after the input, as {${name}}.`),
    );
  };
  return {
    signal: given.signal === undefined ? signal : AbortSignal.any([signal, given.signal]),
    heartbeat: () => given.heartbeat?.(),
    spend: (dollars) => {
      spend({ dollars });
      given.spend?.(dollars);
    },
    remember: given.remember ?? ((_, make) => make()),
    get run() {
      return given.run ?? missing('run');
    },
    get artifacts() {
      return given.artifacts ?? missing('artifacts');
    },
    get generate() {
      return given.generate ?? missing('generate');
    },
    get idempotencyKey() {
      return given.idempotencyKey ?? missing('idempotencyKey');
    },
  };
}
