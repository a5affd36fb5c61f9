import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { defineTool } from '../../src/tools/index.ts';

/**
 * Tools as a run may have them, of which only the outputs are made up: KGOT_TEST_OUTPUTS names a JSON file of them, and what
 * was asked goes into KGOT_TEST_ASKED, a line a call. `open_page` stands in for a tool that fetches pages of the web.
 */
const outputs = JSON.parse(readFileSync(process.env['KGOT_TEST_OUTPUTS']!, 'utf8')) as Record<string, string>;
const note = (tool: string, input: unknown): void =>
  appendFileSync(process.env['KGOT_TEST_ASKED']!, `${JSON.stringify({ tool, input })}\n`);

const openPageTool = defineTool({
  name: 'open_page',
  description: 'Opens a page of the web.',
  input: z.object({ url: z.string() }),
  output: z.object({ url: z.string(), text: z.string() }),
  retry: { attempts: 1 },
  execute: ({ url }) => {
    note('open_page', { url });
    const text = outputs[url];
    if (text === undefined) throw new Error(`There is nothing at ${url}.`);
    return { url, text };
  },
});

const askService = defineTool({
  name: 'ask_service',
  description: 'Asks a service of others.',
  input: z.object({ about: z.string() }),
  output: z.string(),
  retry: { attempts: 1 },
  execute: ({ about }) => {
    note('ask_service', { about });
    throw new Error(outputs[about] ?? 'The service is down.');
  },
});

const sendNote = defineTool({
  name: 'send_note',
  description: 'Sends a note to somebody.',
  input: z.object({ to: z.string(), text: z.string() }),
  output: z.string(),
  sideEffects: true,
  execute: (input) => {
    note('send_note', input);
    return 'Sent.';
  },
});

export default [openPageTool, askService, sendNote];
