/** What a workflow must know of a tool to call it. */
export interface ToolSummary {
  name: string;
  /** Seconds for one attempt. */
  timeoutSeconds: number;
  /** Attempts at most; 1 for a tool with side effects. */
  attempts: number;
  sideEffects: boolean;
  /** Price of one call in US dollars; `null` when unknown. */
  price: number | null;
  /** Tokens that its name, description and schema take in a prompt, at most. */
  promptTokens: number;
}

/** What a model must know of a tool besides. */
export interface ToolListing extends ToolSummary {
  description: string;
  /** JSON schema of the input. */
  inputSchema: Record<string, unknown>;
}

/** What the activity `tools.list` answers on a tool queue. */
export interface ToolSet {
  /**
   * Content hash of the queue's `ToolListing[]`, as canonical JSON, in the artifact store. All workers of one queue
   * serve the same set.
   */
  hash: string;
  tools: ToolSummary[];
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
  /** Tokens of what a prompt shows of the text, at most. */
  shownTokens: number;
  /** The text's beginning, at most 300 characters, for progress and the UI. */
  excerpt: string;
}

/** A call as the source of the facts that its output gave: `round 1: search_documents({"query":"…"})`. */
export function sourceOf(round: number, call: ToolCall): string {
  return `round ${round}: ${describeToolCall(call)}`;
}

/** `search_documents({"query":"…"})`, at most `limit` characters. */
export function describeToolCall(call: ToolCall, limit = 160): string {
  const input = JSON.stringify(call.input);
  const text = `${call.tool}(${input})`;
  return text.length <= limit ? text : `${text.slice(0, limit - 2)}…)`;
}
