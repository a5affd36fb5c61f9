import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The data directory of the graph servers that all tests of this run share. */
    graphServers: string;
  }
}

const KEEPER = join(import.meta.dirname, 'graph-servers-keeper.ts');

/**
 * Graph servers start when a test first asks for one (see graph-servers.ts). They end with the run, however that ends: a
 * process of its own sees to it, whose input closes with this one's end.
 */
export default function setup({ provide }: TestProject): () => Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'kgot-graph-servers-'));
  provide('graphServers', data);
  const keeper = spawn(process.execPath, [KEEPER, data], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(keeper, 'exit');
  keeper.unref();
  return async () => {
    keeper.ref();
    keeper.stdin.end();
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`The graph servers in ${data} did not end.`);
  };
}
