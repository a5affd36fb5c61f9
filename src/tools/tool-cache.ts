import { createHash } from 'node:crypto';
import { StoreUnwritableError } from '../artifacts/artifact-store.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { withoutSecrets } from '../config/secrets.ts';
import { canonicalJson } from '../domain/text.ts';
import type { Tool } from './define-tool.ts';

export interface ToolCacheOptions {
  artifacts: ArtifactStore;
  tool: Pick<Tool, 'name' | 'description' | 'inputSchema' | 'price' | 'cacheSeconds' | 'cacheKey'>;
  /** The time in milliseconds. @default Date.now */
  now?: () => number;
}

/** What was remembered, and when it was made. */
interface Entry<T> {
  at: number;
  value: T;
}

/**
 * What the calls of one tool made, of any run, by what was asked and when: an entry is used while it is younger than the
 * tool's `cacheSeconds`. One instance serves one call. Failures are not remembered.
 */
export class ToolCache {
  readonly #artifacts: ArtifactStore;
  readonly #tool: ToolCacheOptions['tool'];
  readonly #now: () => number;
  readonly #milliseconds: number;
  /** When the oldest part was made that this call rests on. */
  #oldest = Infinity;

  constructor({ artifacts, tool, now = Date.now }: ToolCacheOptions) {
    this.#artifacts = artifacts;
    this.#tool = tool;
    this.#now = now;
    this.#milliseconds = tool.cacheSeconds * 1000;
  }

  /** The outcome of an identical call. */
  async readCall<T>(input: unknown): Promise<T | undefined> {
    return (await this.#read<T>({ input }))?.value;
  }

  /** Remembers this call's outcome: it is as old as the oldest part in it. */
  async writeCall(input: unknown, value: unknown): Promise<void> {
    await this.#write({ input }, { at: Math.min(this.#oldest, this.#now()), value });
  }

  /** Gives what was made of `part` before, or makes and remembers it. */
  async remember<T>(part: unknown, make: () => Promise<T>): Promise<T> {
    const found = await this.#read<T>({ part });
    if (found !== undefined) {
      this.#oldest = Math.min(this.#oldest, found.at);
      return found.value;
    }
    const at = this.#now();
    const value = await make();
    this.#oldest = Math.min(this.#oldest, at);
    await this.#write({ part }, { at, value });
    return value;
  }

  /** Entries are never changed: each has a name with its window of time, and what is young enough is in the last two. */
  async #read<T>(asked: object): Promise<Entry<T> | undefined> {
    if (this.#milliseconds === 0) return undefined;
    const now = this.#now();
    for (const at of [now, now - this.#milliseconds]) {
      const bytes = await this.#artifacts.read(this.#nameOf(asked, at));
      if (bytes === undefined) continue;
      const entry = JSON.parse(bytes.toString()) as Entry<T>;
      if (now - entry.at < this.#milliseconds) return entry;
    }
    return undefined;
  }

  async #write(asked: object, entry: Entry<unknown>): Promise<void> {
    if (this.#milliseconds === 0) return;
    // What a service says may hold the key that it was asked with.
    const text = withoutSecrets(JSON.stringify(entry));
    await this.#artifacts.create(this.#nameOf(asked, entry.at), text).catch((error: unknown) => {
      // A cache that cannot be written is none.
      if (!(error instanceof StoreUnwritableError)) throw error;
    });
  }

  #nameOf(asked: object, at: number): string {
    const { name, description, inputSchema, price, cacheKey, cacheSeconds } = this.#tool;
    const identity = { name, description, inputSchema, price, cacheKey, cacheSeconds, ...asked };
    const hash = createHash('sha256').update(canonicalJson(identity)).digest('hex');
    return `tool-cache/${name}/${hash}/${Math.floor(at / this.#milliseconds)}`;
  }
}
