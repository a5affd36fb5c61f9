import { z } from 'zod';
import { defineTool } from '../define-tool.ts';

export const askModel = defineTool({
  name: 'ask_model',
  description: 'Asks a language model one question of general knowledge. Use it only for what no document can hold.',
  input: z.object({ question: z.string().min(1).max(2_000) }),
  output: z.string(),
  timeouts: { attemptSeconds: 600 },
  execute: ({ question }, { generate }) =>
    generate({ system: 'Answer in one or two sentences. Say so when you do not know.', prompt: question }),
});
