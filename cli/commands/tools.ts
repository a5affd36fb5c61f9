import { webSettings } from '../../src/config/web.ts';
import { builtInToolsOf } from '../../src/tools/built-in/index.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { loadTools } from '../../src/tools/load-tools.ts';
import { listTools as checkTools } from '../../src/tools/tool-set.ts';
import { waysToHaveWebTools } from '../../src/tools/web/index.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { toolFilesOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { table } from '../show/terminal.ts';

/** Lists the built-in tools and those of files, as a run would be offered them. */
export async function listTools(options: GlobalOptions & { tools?: string[] }): Promise<void> {
  const loaded = (await Promise.all(toolFilesOf(options).map((file) => loadTools(file)))).flat();
  checkTools(loaded, loaded[0]?.queue ?? 'your queue');
  const row = (tool: Tool, queue: string) => ({
    name: tool.name,
    queue,
    sideEffects: tool.sideEffects,
    description: tool.description,
  });
  const tools = [
    ...builtInToolsOf().map((tool) => row(tool, QUEUES.tools)),
    ...loaded.map((tool) => row(tool, tool.queue ?? '(its worker’s)')),
  ];
  const lines = tools.map(({ name, queue, sideEffects, description }) => [
    name,
    queue,
    sideEffects ? 'side effects' : 'reads',
    description,
  ]);
  const text = table(['NAME', 'QUEUE', 'EFFECTS', 'DESCRIPTION'], lines);
  const more = options.json === true ? [] : waysToHaveWebTools(webSettings());
  if (more.length > 0) process.stderr.write(`Not served here:\n${more.map((line) => `  ${line}\n`).join('')}`);
  process.stdout.write(options.json === true ? `${JSON.stringify({ tools })}\n` : `${text}\n`);
}
