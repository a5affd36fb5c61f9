export { defineTool } from './define-tool.ts';
export { ToolDefinitionError } from './definition-error.ts';
export type { Generate, GenerateRequest, Tool, ToolContext, ToolOptions } from './define-tool.ts';
export { ToolError } from './tool-error.ts';
export type { ToolErrorOptions } from './tool-error.ts';
