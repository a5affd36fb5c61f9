import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtInTools } from '../../src/tools/built-in/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { ToolDefinitionError } from '../../src/tools/definition-error.ts';
import type { Tool, ToolOptions } from '../../src/tools/define-tool.ts';
import { listTools } from '../../src/tools/tool-set.ts';

function tool(name: string, parts: Partial<ToolOptions<{ text: string }, string>> = {}): Tool {
  const options = { name, description: `Does ${name}.`, output: z.string(), execute: () => '' };
  return defineTool({ ...options, input: z.object({ text: z.string() }), ...parts });
}

describe('listTools', () => {
  it('is the same for the same tools, whatever their order', () => {
    const tools = ['c', 'a', 'b'].map((name) => tool(name));
    const listed = listTools(tools, 'ours');
    expect(listTools([...tools].reverse(), 'ours')).toEqual(listed);
    expect(listed.tools.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['a description', tool('a', { description: 'Does something else.' })],
    ['an input', tool('a', { input: z.object({ text: z.string(), more: z.string() }) })],
    ['a limit', tool('a', { timeouts: { attemptSeconds: 5 } })],
    ['a price', tool('a', { price: null })],
    ['a name', tool('b')],
  ])('has another hash when %s differs', (_, other) => {
    expect(listTools([other], 'ours').hash).not.toBe(listTools([tool('a')], 'ours').hash);
  });

  it('does not take the same schema in another order for another', () => {
    const { hash } = listTools([tool('a', { input: z.object({ text: z.string().max(9).min(1) }) })], 'ours');
    expect(listTools([tool('a', { input: z.object({ text: z.string().min(1).max(9) }) })], 'ours').hash).toBe(hash);
  });

  it('gives the hash of the listing, which a run reads by it', () => {
    const { hash, listing } = listTools([tool('a')], 'ours');
    expect(hash).toBe(createHash('sha256').update(listing).digest('hex'));
    expect(JSON.parse(listing)).toMatchObject([{ name: 'a', description: 'Does a.', inputSchema: { type: 'object' } }]);
  });

  it('refuses two tools of one name', () => {
    expect(() => listTools([tool('a'), tool('a')], 'ours')).toThrow(ToolDefinitionError);
    expect(() => listTools([tool('a'), tool('a')], 'ours')).toThrow(/Two tools have the name a on the queue ours/);
  });

  it('refuses a tool of another queue, and says how to serve it', () => {
    expect(() => listTools([tool('a', { queue: 'theirs' })], 'ours')).toThrow(
      /names the queue theirs, but this worker serves ours: start it with --queue theirs/,
    );
    expect(listTools([tool('a', { queue: 'ours' })], 'ours').tools).toHaveLength(1);
  });

  it('lists no tools where there are none', () => {
    expect(listTools([], 'ours')).toMatchObject({ tools: [], listing: '[]' });
  });
});

describe('the built-in tools', () => {
  it('can be served together, and change nothing outside', () => {
    const { tools } = listTools(builtInTools, 'kgot-tools');
    expect(tools.map(({ name }) => name)).toEqual(['ask_model', 'calculate', 'read_document', 'search_documents']);
    expect(tools.every(({ sideEffects }) => !sideEffects)).toBe(true);
  });
});
