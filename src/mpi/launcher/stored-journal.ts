import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { decode, encode } from '../../jobs/codec.ts';
import { InvalidJob } from '../../jobs/errors.ts';
import type { TaskPath } from '../../jobs/errors.ts';
import type { ResultBatch } from '../../jobs/messages.ts';
import type { Journal } from './journal.ts';
import type { Spawn, SplitChunk } from './messages.ts';

/** From one part to the next: a share of the time since the attempt began, so that it is what a death costs; and milliseconds, at least and at most. */
const PAUSE = { share: 0.02, least: 100, most: 5_000 };

/** What `split` gave, once. */
interface StoredTasks {
  /** Of the input: another one has other tasks. */
  input: string;
  chunks: SplitChunk[];
}

/** What was finished in some while. Tasks that were spawned are known by their paths, which are the same for every attempt. */
interface Part {
  spawns: { path: TaskPath; payload: Uint8Array | string }[];
  /** Ids of tasks; −1 − n for the nth path. `spawned` are pairs of these, and of how many tasks such a one has spawned. */
  results: { tasks: Int32Array; results: Uint8Array; spawned: number[] }[];
  paths: TaskPath[];
}

interface PendingBatch extends ResultBatch {
  spawned: number[];
}

export interface StoredJournalOptions {
  store: ArtifactStore;
  /** What the job is known by, from one attempt to the next. */
  id: string;
  job: string;
  input: Uint8Array;
  journal: Journal;
  /** The store takes no more. */
  onError: (error: unknown) => void;
}

/**
 * A journal in an artifact store: who runs the same job again, as a retried activity does, takes up what is finished. A task that failed is not
 * finished. Parts are created exclusively, so that two who believe that it is theirs do not harm each other.
 */
export class StoredJournal {
  readonly #options: StoredJournalOptions;
  readonly #prefix: string;
  #pendingSpawns: Spawn[] = [];
  #pendingBatches: PendingBatch[] = [];
  #next = 1;
  readonly #began = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: StoredJournalOptions) {
    this.#options = options;
    this.#prefix = `jobs/${options.id}`;
  }

  /** Takes up what is there. @throws {InvalidJob} when that is of another input */
  static async open(options: StoredJournalOptions): Promise<StoredJournal & { readonly hasTasks: boolean }> {
    const stored = new StoredJournal(options);
    const hasTasks = await stored.#takeUp();
    return Object.assign(stored, { hasTasks });
  }

  /** Keeps what `split` gave, before any of it runs. */
  async keepTasks(chunks: readonly SplitChunk[]): Promise<void> {
    const tasks: StoredTasks = { input: this.#fingerprint, chunks: [...chunks] };
    const { store } = this.#options;
    if (!(await store.create(`${this.#prefix}/tasks`, encode(tasks)))) await this.#readTasks();
  }

  spawned(spawns: readonly Spawn[]): void {
    this.#pendingSpawns.push(...spawns);
    this.#writeSoon();
  }

  /** @param spawned pairs of id and number: how many each of its tasks has spawned, if any */
  finished(batch: ResultBatch, spawned: number[]): void {
    if (batch.tasks.length === 0) return;
    this.#pendingBatches.push({ ...batch, spawned });
    this.#writeSoon();
  }

  /** To be called when the journal has settled: what nobody knows by now is of no task, and its number is given to another. */
  settle(): void {
    this.#write(true);
    this.#pendingSpawns = [];
  }

  /** Resolves when all is kept. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write();
    await this.#writing;
  }

  #writeSoon(): void {
    const share = PAUSE.share * (performance.now() - this.#began);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#write();
      },
      Math.min(PAUSE.most, Math.max(PAUSE.least, share)),
    );
  }

  #write(isSettled = false): void {
    const part = this.#part(isSettled);
    if (part.spawns.length === 0 && part.results.length === 0) return;
    this.#writing = this.#writing.then(() => this.#create(encode(part))).catch(this.#options.onError);
  }

  async #create(content: Uint8Array): Promise<void> {
    const { store } = this.#options;
    let created = false;
    for (; !created; this.#next += 1) {
      created = await store.create(`${this.#prefix}/results/${String(this.#next).padStart(8, '0')}`, content);
    }
  }

  /** What is pending, as far as it is known where it comes from, or all of it. */
  #part(isSettled: boolean): Part {
    const { journal } = this.#options;
    const part: Part = { spawns: [], results: [], paths: [] };
    const laterSpawns: Spawn[] = [];
    const laterBatches: PendingBatch[] = [];
    for (const spawn of this.#pendingSpawns) {
      const path = journal.pathOf(spawn.id);
      if (path[0]! >= 0) part.spawns.push({ path, payload: spawn.payload });
      else laterSpawns.push(spawn);
    }
    for (const batch of this.#pendingBatches) {
      const ids = batch.tasks.filter((_, at) => at % 2 === 1);
      const spawned = [...ids.filter((id) => id < 0)].map((id) => [id, journal.pathOf(id)] as const);
      const isOfNone = ([first]: TaskPath): boolean => first! < 0;
      if (!isSettled && spawned.some(([, path]) => isOfNone(path))) {
        laterBatches.push(batch);
        continue;
      }
      const places = new Map(spawned.map(([id, path]) => [id, -1 - (part.paths.push(isOfNone(path) ? [] : path) - 1)]));
      const written = (id: number): number => places.get(id) ?? id;
      // Not of those that failed, which are not kept.
      const counts = batch.spawned.flatMap((id, at) =>
        at % 2 === 0 && (id >= 0 || places.has(id)) ? [written(id), batch.spawned[at + 1]!] : [],
      );
      part.results.push({ tasks: ids.map(written), results: batch.results, spawned: counts });
    }
    this.#pendingSpawns = laterSpawns;
    this.#pendingBatches = laterBatches;
    return part;
  }

  async #takeUp(): Promise<boolean> {
    const { store, journal } = this.#options;
    const tasks = await this.#readTasks();
    if (tasks === undefined) return false;
    for (const chunk of tasks.chunks) journal.addChunk(chunk);
    const names = await store.list(`${this.#prefix}/results`);
    this.#next = names.length + 1;
    const parts: Part[] = [];
    for (const name of names) {
      const content = await store.read(name);
      if (content !== undefined) parts.push(decode(content) as Part);
    }
    const idOf = this.#takeUpSpawns(parts);
    for (const { results, paths } of parts) {
      for (const { tasks, results: values, spawned } of results) {
        const pairs = new Int32Array(2 * tasks.length);
        const read = (task: number): number => (task >= 0 ? task : idOf(paths[-1 - task]!));
        tasks.forEach((task, index) => (pairs[2 * index + 1] = read(task)));
        journal.addSpawnCounts(spawned.map((each, at) => (at % 2 === 0 ? read(each) : each)));
        journal.addResults({ tasks: pairs, results: values as Uint8Array<ArrayBuffer> });
      }
    }
    journal.settle();
    return true;
  }

  /** @returns what tells the id of a task that was spawned */
  #takeUpSpawns(parts: readonly Part[]): (path: TaskPath) => number {
    const { journal } = this.#options;
    const ids = new Map<string, number>();
    const idOf = (path: TaskPath): number => (path.length === 1 ? path[0]! : (ids.get(path.join()) ?? UNKNOWN));
    const spawns = parts.flatMap(({ spawns }) => spawns).sort((a, b) => a.path.length - b.path.length);
    for (const { path, payload } of spawns) {
      const parent = idOf(path.slice(0, -1));
      const id = -1 - ids.size;
      if (parent === UNKNOWN || ids.has(path.join())) continue;
      if (journal.addSpawn({ id, parent, ordinal: path.at(-1)!, payload })) ids.set(path.join(), id);
    }
    return idOf;
  }

  async #readTasks(): Promise<StoredTasks | undefined> {
    const { store, id, job } = this.#options;
    const content = await store.read(`${this.#prefix}/tasks`);
    if (content === undefined) return undefined;
    const tasks = decode(content) as StoredTasks;
    if (tasks.input === this.#fingerprint) return tasks;
    throw new InvalidJob(
      `The journal of ${id} is of another job or input than this one of ${job}: give each job an id of its own.`,
    );
  }

  get #fingerprint(): string {
    const { job, input } = this.#options;
    return createHash('sha256').update(job).update('\0').update(input).digest('hex');
  }
}

/** The id of no task: results of it are dropped when the journal settles. */
const UNKNOWN = -(2 ** 31);
