import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where downloads are kept, and what is made once: `$XDG_CACHE_HOME/kgot`, else `~/.cache/kgot`. The setting `cache` is read here as it
 * stands: a process knows this folder before it loads anything else.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kgot');
}
