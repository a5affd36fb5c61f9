import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { ModelReference } from '../domain/run.ts';
import { canonicalJson } from '../domain/text.ts';
import type { ModelRequest } from './generate.ts';
import type { CalledAnswer } from './model-caller.ts';

/** An answer that a run has paid for. */
export interface PaidAnswer {
  answer: CalledAnswer;
  /** What it cost in US dollars; `null` when that is unknown. */
  dollars: number | null;
}

/** Milliseconds for which an answer serves other runs. */
const KEPT = 24 * 3_600_000;

/**
 * Answers that runs share: of equal requests to one model, samples of one step apart by their seed, the first is sent and
 * paid for. They lie in the artifact store, so that all its workers share them, over restarts.
 */
export class SharedAnswers {
  readonly #artifacts: ArtifactStore;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** Lets equal requests of this process wait for the one before them: they find its answer then. */
  async oneAtATime<T>(model: ModelReference, request: ModelRequest, send: () => Promise<T>): Promise<T> {
    const name = nameOf(model, request);
    const before = this.#underWay.get(name);
    const sending = before === undefined ? send() : before.then(send, send);
    this.#underWay.set(name, sending);
    try {
      return await sending;
    } finally {
      if (this.#underWay.get(name) === sending) this.#underWay.delete(name);
    }
  }

  async find(model: ModelReference, request: ModelRequest): Promise<PaidAnswer | undefined> {
    const kept = await this.#read(nameOf(model, request));
    return kept === undefined || isOld(kept) ? undefined : kept;
  }

  /** @param paid an answer that was found right: a failure is never kept */
  async keep(model: ModelReference, request: ModelRequest, paid: PaidAnswer): Promise<void> {
    const name = nameOf(model, request);
    const content = JSON.stringify({ ...paid, at: new Date().toISOString() } satisfies Kept);
    if (await this.#artifacts.create(name, content)) return;
    const earlier = await this.#read(name);
    if (earlier !== undefined && !isOld(earlier)) return;
    await this.#artifacts.remove(name);
    await this.#artifacts.create(name, content);
  }

  async #read(name: string): Promise<Kept | undefined> {
    const content = await this.#artifacts.read(name);
    return content === undefined ? undefined : (JSON.parse(content.toString()) as Kept);
  }
}

interface Kept extends PaidAnswer {
  /** ISO 8601. */
  at: string;
}

function isOld({ at }: Kept): boolean {
  return Date.now() - Date.parse(at) > KEPT;
}

function nameOf(model: ModelReference, request: ModelRequest): string {
  const hash = createHash('sha256').update(canonicalJson({ model, request })).digest('hex');
  return `answers/${hash.slice(0, 2)}/${hash}.json`;
}
