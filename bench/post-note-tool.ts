import { appendFile } from 'node:fs/promises';
import { z } from 'zod';
import { defineTool } from '../src/tools/index.ts';

/** A tool with side effects: appends a line to the file that KGOT_TEST_NOTES names. */
export default defineTool({
  name: 'post_note',
  description: 'Posts a note where others read it.',
  input: z.object({ text: z.string() }),
  output: z.string(),
  sideEffects: true,
  async execute({ text }, { idempotencyKey }) {
    await appendFile(process.env['KGOT_TEST_NOTES']!, `${JSON.stringify({ text, idempotencyKey })}\n`);
    return `Posted: Ada Vega leads Peru (${text}).`;
  },
});
