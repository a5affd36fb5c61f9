import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';

/**
 * Lets Node keep the modules that it compiles in the cache folder, for this process and for threads and processes that it starts
 * afterwards, which then take about half the time to start. Where the folder cannot be written, nothing is kept.
 * `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` of the user's hold (https://nodejs.org/api/module.html#module-compile-cache).
 */
export function keepCompiled(): void {
  const folder = compiledDirectory();
  process.env['NODE_COMPILE_CACHE'] = folder;
  enableCompileCache(folder);
}

/**
 * The environment of threads and processes of ours that take modules as they were compiled before. TypeScript is then made JavaScript
 * once and not in each thread: Node does that in WebAssembly, which V8 13.6 cannot compile and free in several threads of a process
 * without crashing it now and then (`Check failed: jit_page.has_value()`, see https://github.com/nodejs/node/issues/64500).
 */
export function withCompiled(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, NODE_COMPILE_CACHE: compiledDirectory() };
}

/** Where compiled modules are kept: as the user says, else in the cache folder. */
export function compiledDirectory(): string {
  return process.env['NODE_COMPILE_CACHE'] ?? join(cacheDirectory(), 'compiled');
}
