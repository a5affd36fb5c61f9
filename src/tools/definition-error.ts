/** Thrown when a tool's definition, or a set of tools, cannot be served. */
export class ToolDefinitionError extends Error {
  override readonly name = 'ToolDefinitionError';
}
