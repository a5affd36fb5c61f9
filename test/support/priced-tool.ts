import { z } from 'zod';
import { defineTool } from '../../src/tools/index.ts';

/** A tool that costs ten cents a call. */
export default defineTool({
  name: 'ask_expert',
  description: 'Asks an expert.',
  input: z.object({ question: z.string() }),
  output: z.string(),
  retry: { attempts: 1 },
  price: 0.1,
  execute: ({ question }) => `Ada Vega leads Peru (${question}).`,
});
