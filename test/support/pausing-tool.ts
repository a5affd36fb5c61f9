import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool } from '../../src/tools/index.ts';

/** A tool whose calls take a second. */
export default defineTool({
  name: 'pause',
  description: 'Takes a while.',
  input: z.object({ of: z.string() }),
  output: z.string(),
  execute: async ({ of }) => {
    await delay(1_000);
    return `Ada Vega leads Peru, says ${of}.`;
  },
});
