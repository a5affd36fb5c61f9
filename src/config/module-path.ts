import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file of a module that is not imported but handed on: to a child process, or to the workflow bundler. It is
 * TypeScript beside TypeScript, and JavaScript in the build.
 *
 * @example
 * ```ts
 * fork(siblingModule('./query-process.ts', import.meta.url));
 * ```
 * @param path relative, as an import writes it
 * @param importMetaUrl of the module that asks
 */
export function siblingModule(path: string, importMetaUrl: string): string {
  return fileURLToPath(new URL(path.replace(/\.ts$/, extname(importMetaUrl)), importMetaUrl));
}
