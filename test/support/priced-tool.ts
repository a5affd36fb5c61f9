import { z } from 'zod';
import { defineTool } from '../../src/tools/index.ts';

/** A tool that costs ten cents a call, and ends its process where it is told to. */
export default defineTool({
  name: 'ask_expert',
  description: 'Asks an expert.',
  input: z.object({ question: z.string() }),
  output: z.string(),
  retry: { attempts: 1 },
  price: 0.1,
  execute: ({ question }) => {
    if (question.startsWith('die')) process.kill(process.pid, 'SIGKILL');
    return `Ada Vega leads Peru (${question}).`;
  },
});
