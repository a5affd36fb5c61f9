import { createHash } from 'node:crypto';
import { maximumTokens } from '../domain/budget.ts';
import type { ToolListing, ToolSet } from '../domain/tools.ts';
import { canonicalJson } from '../domain/text.ts';
import { ToolDefinitionError } from './definition-error.ts';
import type { Tool } from './define-tool.ts';

/** What a queue serves, and the listing that its hash is of. */
export interface ListedTools extends ToolSet {
  /** Canonical JSON of the tools' listings. */
  listing: string;
}

/**
 * Lists the tools of one queue in an order of their own.
 *
 * @throws {ToolDefinitionError} for a duplicate name, or a tool that belongs to another queue
 */
export function listTools(tools: readonly Tool[], queue: string): ListedTools {
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    if (byName.has(tool.name)) {
      throw new ToolDefinitionError(`Two tools have the name ${tool.name} on the queue ${queue}: rename one.`);
    }
    if (tool.queue !== undefined && tool.queue !== queue) {
      throw new ToolDefinitionError(
        `Tool ${tool.name} names the queue ${tool.queue}, but this worker serves ${queue}: start it with --queue ${tool.queue}, or leave queue out of the definition.`,
      );
    }
    byName.set(tool.name, tool);
  }
  const listings = [...byName.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((tool): ToolListing => {
      const { name, timeoutSeconds, attempts, sideEffects, price, description, inputSchema } = tool;
      const promptTokens =
        maximumTokens(`${name}${description}${JSON.stringify(inputSchema).repeat(2)}`) + TOKENS_AROUND;
      return { name, timeoutSeconds, attempts, sideEffects, price, promptTokens, description, inputSchema };
    });
  const listing = canonicalJson(listings);
  return {
    hash: createHash('sha256').update(listing).digest('hex'),
    tools: listings.map(({ description: _, inputSchema: __, ...summary }) => summary),
    listing,
  };
}

/** Of the words and signs around a tool in a prompt and in its answer's schema. */
const TOKENS_AROUND = 100;
