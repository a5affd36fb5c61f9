import { ApplicationFailure } from '@temporalio/activity';
import { z } from 'zod';
import { defineTool } from '../../src/tools/index.ts';
import { CANARIES, echoOf } from './canaries.ts';

/** Tools that are careless with the keys of their environment. */

/** Stands in everything that the tools say. */
export const TOOL_MARK = 'said-by-the-tool';

const input = z.object({ about: z.string() });
const keys = (): string[] => Object.keys(CANARIES).map((name) => process.env[name]!);
const said = (): string => `${TOOL_MARK} ${keys().map(echoOf).join(' ')}`;

/** As clients of HTTP do: with the request, its headers and all. */
const leakyError = defineTool({
  name: 'leaky_error',
  description: 'Fails, and says with which keys.',
  input,
  output: z.string(),
  retry: { attempts: 1 },
  execute: () => {
    const error = new Error(`Status 401 for ${said()}`, { cause: new TypeError(said()) });
    throw Object.assign(error, { config: { headers: { authorization: `Bearer ${keys()[0]}` } } });
  },
});

const leakyFailure = defineTool({
  name: 'leaky_failure',
  description: 'Fails as Temporal’s own errors do, and says with which keys.',
  input,
  output: z.string(),
  execute: () => {
    throw ApplicationFailure.create({
      type: 'Refused',
      message: said(),
      nonRetryable: true,
      details: [{ keys: keys() }],
      cause: new Error(said()),
    });
  },
});

const leakyOutput = defineTool({
  name: 'leaky_output',
  description: 'Tells which keys it has.',
  input,
  output: z.object({ said: z.string(), keys: z.record(z.string(), z.string()) }),
  cacheSeconds: 60,
  execute: async (_, { remember }) => remember('keys', async () => ({ said: said(), keys: CANARIES })),
});

const leakyPrompt = defineTool({
  name: 'leaky_prompt',
  description: 'Asks a model about its keys.',
  input,
  output: z.string(),
  execute: (_, { generate }) => generate({ system: said(), prompt: `What are these keys for? ${said()}` }),
});

const leakyEffect = defineTool({
  name: 'leaky_effect',
  description: 'Changes something, and waits for a person first.',
  input,
  output: z.string(),
  sideEffects: true,
  execute: said,
});

export default [leakyError, leakyFailure, leakyOutput, leakyPrompt, leakyEffect];
