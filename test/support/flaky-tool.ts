import { z } from 'zod';
import { defineTool } from '../../src/tools/define-tool.ts';

/** A tool whose first attempt always fails, and whose second succeeds unless its input is broken. */
export default defineTool({
  name: 'flaky_lookup',
  description: 'Looks a thing up, at the second attempt.',
  input: z.object({ thing: z.string() }),
  output: z.object({ text: z.string() }),
  retry: { attempts: 2 },
  execute: async ({ thing }, { artifacts, idempotencyKey }) => {
    const isFirst = await artifacts.create(`attempts/${idempotencyKey}`, thing);
    if (isFirst || thing === 'broken') throw new Error(`${thing} is away`);
    return { text: `Ada Vega leads ${thing}.` };
  },
});
