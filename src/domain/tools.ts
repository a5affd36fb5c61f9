/** What a tool queue says of one of its tools. */
export interface ToolListing {
  name: string;
  description: string;
  /** JSON schema of the input. */
  inputSchema: Record<string, unknown>;
  /** Seconds for one attempt. */
  timeoutSeconds: number;
  /** Attempts at most; 1 for a tool with side effects. */
  attempts: number;
  sideEffects: boolean;
  /** Price of one call in US dollars; `null` when unknown. */
  price: number | null;
}

/** What `tools.list` answers on a queue. */
export interface ToolSet {
  /** Hash over the tools' definitions: all workers of one queue serve the same. */
  hash: string;
  tools: ToolListing[];
}

/** One call of a tool, as a round makes it. */
export interface ToolCall {
  tool: string;
  input: Record<string, unknown>;
}

/** What the activity `tool.NAME` answers. */
export interface ToolOutcome {
  /** Content hash of the output's text in the artifact store. */
  outputSha256: string;
  /** Length of the text in characters. */
  characters: number;
  /** The text's beginning, at most 300 characters, for progress and the UI. */
  excerpt: string;
}

/** `search_documents({"query":"…"})`, at most `limit` characters. */
export function describeToolCall(call: ToolCall, limit = 160): string {
  const input = JSON.stringify(call.input);
  const text = `${call.tool}(${input})`;
  return text.length <= limit ? text : `${text.slice(0, limit - 2)}…)`;
}
