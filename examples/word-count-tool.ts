import { z } from 'zod';
import { defineTool } from 'kgot-temporal/tools';

/** A tool in one file: `npm start -- "How many words has the motto?" --file notes.md --tools examples/word-count-tool.ts`. */
export default defineTool({
  name: 'count_words',
  description: 'Counts the words of a text.',
  input: z.object({ text: z.string().describe('The text whose words are counted.') }),
  output: z.object({ words: z.number() }),
  execute: ({ text }) => ({ words: text.split(/\s+/).filter(Boolean).length }),
});
