import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dataDirectory } from '../../src/config/paths.ts';
import { defineTool } from '../../src/tools/index.ts';

/** A tool with side effects, of the run that the pictures show. */
export default defineTool({
  name: 'post_note',
  description: 'Posts a note where the others read it.',
  input: z.object({ text: z.string() }),
  output: z.string(),
  sideEffects: true,
  async execute({ text }, { idempotencyKey }) {
    await appendFile(join(dataDirectory(), 'notes'), `${idempotencyKey} ${text}\n`);
    return 'The others read it as note 1.';
  },
});
