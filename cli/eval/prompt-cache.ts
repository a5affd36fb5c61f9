import { createHash } from 'node:crypto';

/** Tokens of the shortest prefix that is cached, and by which longer ones are longer. */
const SHORTEST = 1_024;
const STEP = 128;
/** Characters of a token, as the oracle counts them. */
const TOKEN = 4;

/**
 * Counts what of a prompt a provider's cache would hold: its longest prefix that an earlier prompt to the same model began
 * with, from 1,024 tokens on, in steps of 128 (OpenAI's documented rule; what is forgotten meanwhile is not simulated).
 */
export class PromptCache {
  readonly #prefixes = new Set<string>();

  /** @returns tokens of `prompt` that are cached; from now on all of it is */
  take(model: string, prompt: string): number {
    let cached = 0;
    const hash = createHash('sha256').update(`${model}\n`);
    let end = 0;
    for (let tokens = SHORTEST; tokens * TOKEN <= prompt.length; tokens += STEP) {
      hash.update(prompt.slice(end, tokens * TOKEN));
      end = tokens * TOKEN;
      const prefix = hash.copy().digest('base64');
      if (this.#prefixes.has(prefix)) cached = tokens;
      this.#prefixes.add(prefix);
    }
    return cached;
  }
}
