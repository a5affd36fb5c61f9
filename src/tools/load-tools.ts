import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isTool } from './define-tool.ts';
import { ToolDefinitionError } from './definition-error.ts';
import type { Tool } from './define-tool.ts';

/**
 * Loads the tools of a file: its default export is a tool or an array of tools. TypeScript runs as it is.
 *
 * @param file absolute path
 * @throws {ToolDefinitionError} naming the file and what it exports
 */
export async function loadTools(file: string): Promise<Tool[]> {
  lendPackages();
  if (!existsSync(file)) throw new ToolDefinitionError(`There is no file ${file} to load tools from.`);
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    if (error instanceof ToolDefinitionError) throw new ToolDefinitionError(`${file}: ${error.message}`);
    throw new ToolDefinitionError(
      `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const tools = Array.isArray(loaded.default) ? (loaded.default as unknown[]) : [loaded.default];
  if (tools.length === 0 || !tools.every(isTool)) {
    const found = loaded.default === undefined ? 'nothing' : typeof loaded.default;
    throw new ToolDefinitionError(
      `${file} exports ${found} as default: it must export a tool made with defineTool, or an array of them.`,
    );
  }
  return tools;
}

/** What a tool's file imports, wherever it lies. */
const LENT = /^(kgot-temporal|zod)(\/|$)/;

let lent = false;

/** Lets a file outside of any package import `kgot-temporal/tools` and `zod`: its own copies come first, then ours. */
function lendPackages(): void {
  if (lent) return;
  lent = true;
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!LENT.test(specifier)) throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
