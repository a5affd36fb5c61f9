import { getQuickJS, shouldInterruptAfterDeadline } from 'quickjs-emscripten';
import { z } from 'zod';
import { defineTool } from '../define-tool.ts';

const MILLISECONDS = 1_000;
const MEMORY_BYTES = 32 * 1024 * 1024;
const STACK_BYTES = 256 * 1024;
const RESULT_CHARACTERS = 4_000;

/** Thrown when an expression cannot be calculated. */
export class CalculationError extends Error {
  override readonly name = 'CalculationError';
}

/**
 * Calculates a JavaScript expression in QuickJS: one second, 32 MB, and no object of the host.
 *
 * @returns the value as text: strings as they are, others as JSON
 * @throws {CalculationError} for a syntax error, a thrown error, or a limit
 */
export async function calculate(expression: string): Promise<string> {
  const runtime = (await getQuickJS()).newRuntime();
  try {
    runtime.setMemoryLimit(MEMORY_BYTES);
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(shouldInterruptAfterDeadline(Date.now() + MILLISECONDS));
    const context = runtime.newContext();
    try {
      const result = context.evalCode(expression);
      if (result.error) {
        const { name = 'Error', message = '' } = errorOf(context.dump(result.error));
        result.error.dispose();
        throw new CalculationError(`${JSON.stringify(expression)} cannot be calculated: ${name}: ${message}`);
      }
      const value: unknown = context.dump(result.value);
      result.value.dispose();
      return render(value);
    } finally {
      context.dispose();
    }
  } finally {
    runtime.dispose();
  }
}

function errorOf(dumped: unknown): { name?: string; message?: string } {
  return typeof dumped === 'object' && dumped !== null ? dumped : { message: String(dumped) };
}

function render(value: unknown): string {
  // Binary fractions show as people write them: 0.1 + 0.2 is 0.3.
  const rounded = typeof value === 'number' ? Number(value.toPrecision(15)) : value;
  const text =
    typeof rounded === 'string' ? rounded : typeof rounded === 'bigint' ? String(rounded) : JSON.stringify(rounded);
  return (text ?? String(rounded)).slice(0, RESULT_CHARACTERS);
}

export const calculateTool = defineTool({
  name: 'calculate',
  description: 'Calculates a JavaScript expression with plain numbers, for example 505992 - 92090.',
  input: z.object({ expression: z.string().min(1).max(2_000) }),
  output: z.string(),
  retry: { attempts: 1 },
  timeouts: { attemptSeconds: 20 },
  execute: ({ expression }) => calculate(expression),
});
