const TOOL_ERROR = Symbol.for('kgot.tool-error');

export interface ToolErrorOptions {
  /** The failure's type, as Temporal's UI shows it. @default 'ToolFailed' */
  type?: string;
  /** Whether another attempt may succeed. @default false */
  retry?: boolean;
  /** Milliseconds after which to try again, where the other side asked for it. */
  retryAfter?: number;
  /** True when the call is known to have cost nothing: it was answered with an error, or never sent. @default false */
  free?: boolean;
  cause?: unknown;
}

/**
 * Thrown by a tool that knows what its failure means. Any other error is tried again, and may have cost the tool's price.
 *
 * @example
 * ```ts
 * throw new ToolError('There is no station "Limaa".', { free: true });
 * ```
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly type: string;
  readonly retry: boolean;
  readonly retryAfter?: number;
  readonly free: boolean;

  constructor(
    message: string,
    { type = 'ToolFailed', retry = false, retryAfter, free = false, cause }: ToolErrorOptions = {},
  ) {
    super(message, { cause });
    this.type = type;
    this.retry = retry;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    this.free = free;
    Object.defineProperty(this, TOOL_ERROR, { value: true });
  }

  /** Knows it also when a tool's file has brought its own copy of this package. */
  static isInstance(value: unknown): value is ToolError {
    return typeof value === 'object' && value !== null && TOOL_ERROR in value;
  }
}
