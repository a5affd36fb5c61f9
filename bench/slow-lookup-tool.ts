import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool } from '../src/tools/index.ts';

/** A stub of a tool that takes half a second, for the benchmark of the loop. */
export default defineTool({
  name: 'slow_lookup',
  description: 'Looks a country up.',
  input: z.object({ about: z.string() }),
  output: z.string(),
  async execute({ about }) {
    await delay(500);
    return `Ada Vega leads ${about}.`;
  },
});
