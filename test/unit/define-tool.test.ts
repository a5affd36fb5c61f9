import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool, isTool } from '../../src/tools/define-tool.ts';
import { ToolDefinitionError } from '../../src/tools/definition-error.ts';
import { defineJob } from '../../src/jobs/job.ts';
import type { ToolContext, ToolOptions } from '../../src/tools/define-tool.ts';

type Options = ToolOptions<{ text: string }, number>;

const RIGHT: Options = {
  name: 'word_count',
  description: ' Counts the words of a text. ',
  input: z.object({ text: z.string().describe('The text.') }),
  output: z.number(),
  execute: ({ text }) => text.split(/\s+/).filter(Boolean).length,
};

function define(parts: Record<string, unknown>): unknown {
  return defineTool({ ...RIGHT, ...parts });
}

describe('defineTool', () => {
  it('fills in what was not said', () => {
    const tool = defineTool(RIGHT);
    expect(tool).toMatchObject({
      ...{ name: 'word_count', description: 'Counts the words of a text.', timeoutSeconds: 60, attempts: 3 },
      ...{ sideEffects: false, cacheSeconds: 0, price: 0 },
    });
    expect(tool).not.toHaveProperty('queue');
    expect(isTool(tool)).toBe(true);
  });

  it('keeps what was said', () => {
    const parts = {
      timeouts: { attemptSeconds: 5 },
      retry: { attempts: 1 },
      cacheSeconds: 60,
      price: null,
      queue: 'ours',
    };
    const kept = { timeoutSeconds: 5, attempts: 1, cacheSeconds: 60, price: null, queue: 'ours' };
    expect(define(parts)).toMatchObject(kept);
  });

  it('gives the model a JSON schema of the input', () => {
    const { inputSchema } = defineTool(RIGHT);
    expect(inputSchema).toMatchObject({
      type: 'object',
      properties: { text: { type: 'string', description: 'The text.' } },
      required: ['text'],
    });
    expect(inputSchema).not.toHaveProperty('$schema');
  });

  it('asks the model for what execute gets before defaults and transformations', () => {
    const input = z.object({ page: z.number().default(1), day: z.string().transform((day) => day.length) });
    const { inputSchema } = defineTool({ ...RIGHT, input, execute: ({ page, day }) => page + day });
    expect(inputSchema).toMatchObject({ required: ['day'], properties: { day: { type: 'string' } } });
  });

  it('runs a job in the place of execute', async () => {
    const { execute: _, ...others } = RIGHT;
    const tool = defineTool({
      ...others,
      input: z.object({ below: z.number() }),
      job: defineJob<{ below: number }, number>({
        name: 'squares',
        module: import.meta.resolve('../jobs/support/compute/squares.ts'),
      }),
    });
    const context = { signal: new AbortController().signal } as ToolContext;
    expect(await tool.execute({ below: 4 }, context)).toBe(0 + 1 + 4 + 9);
  });

  it('gives a tool with side effects one attempt', () => {
    expect(define({ sideEffects: true })).toMatchObject({ sideEffects: true, attempts: 1 });
    expect(define({ sideEffects: true, retry: { attempts: 1 } })).toMatchObject({ attempts: 1 });
  });

  it.each([
    [
      'a name with capitals',
      { name: 'WordCount' },
      /"WordCount": its name must be lower case letters, .* as in search_web/,
    ],
    ['a name that begins with a digit', { name: '2words' }, /start with a letter/],
    ['a name with a dash', { name: 'word-count' }, /lower case letters, digits and underscores/],
    ['a name that is too long', { name: 'a'.repeat(65) }, /its name must be/],
    ['no name', { name: undefined }, /its name must be/],
    ['an empty description', { description: ' ' }, /"word_count": it needs a description for the model/],
    ['no function', { execute: 'count' }, /execute must be a function \(input, context\) => output/],
    ['no attempt', { retry: { attempts: 0 } }, /retry\.attempts must be a whole number from 1/],
    ['half an attempt', { retry: { attempts: 1.5 } }, /retry\.attempts must be a whole number from 1/],
    ['attempts with side effects', { sideEffects: true, retry: { attempts: 2 } }, /leave out retry\.attempts/],
    ['no time', { timeouts: { attemptSeconds: 0 } }, /timeouts\.attemptSeconds must be a number of seconds over 0/],
    ['a time that is none', { timeouts: { attemptSeconds: NaN } }, /must be a number of seconds over 0/],
    ['a time without end', { timeouts: { attemptSeconds: Infinity } }, /must be a number of seconds over 0/],
    ['a cache without end', { cacheSeconds: Infinity }, /cacheSeconds must be a number of seconds from 0/],
    ['a price without end', { price: Infinity }, /price must be US dollars/],
    ['an empty queue', { queue: ' ' }, /queue must name a task queue, or be left out/],
    [
      'an input whose JSON schema cannot be read back',
      { input: z.object({ text: z.string().meta({ not: { const: 'x' } }) }) },
      /input must be a zod schema that can be read back from its JSON schema: not is not supported/,
    ],
    ['a cache of negative time', { cacheSeconds: -1 }, /cacheSeconds must be a number of seconds from 0/],
    ['a negative price', { price: -0.01 }, /price must be US dollars from 0, or null when it is unknown/],
    ['a price that is none', { price: NaN }, /price must be US dollars/],
    ['an input that is no object', { input: z.string() }, /input must be a zod object, as in z\.object/],
    [
      'an input that is no schema',
      { input: { text: 'string' } },
      /input must be a zod schema that JSON schema can express/,
    ],
    ['no input', { input: undefined }, /input must be a zod schema/],
    ['an input that JSON cannot hold', { input: z.object({ at: z.date() }) }, /input must be a zod schema .*Date/],
    ['an output that JSON cannot hold', { output: z.map(z.string(), z.string()) }, /output must be a zod schema .*Map/],
  ])('refuses %s, saying what would be right', (_, parts, message) => {
    expect(() => define(parts)).toThrow(ToolDefinitionError);
    expect(() => define(parts)).toThrow(message);
  });
});

describe('isTool', () => {
  it('tells a tool from what only looks like one', () => {
    for (const other of [RIGHT, null, undefined, 'tool', {}, () => RIGHT]) expect(isTool(other)).toBe(false);
  });
});
