interface Waiting {
  writes: boolean;
  enter(): void;
}

/**
 * Many readers or one writer, in the order in which they come: a reader that comes after a writer waits for it, so that
 * no stream of readers keeps a writer out.
 */
export class ReadersWriterLock {
  readonly #waiting: Waiting[] = [];
  #readers = 0;
  #writing = false;

  /** Runs `work` beside other readers, and beside no writer. */
  read<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#hold(false, work);
  }

  /** Runs `work` alone. */
  write<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#hold(true, work);
  }

  /** True while nobody holds it or waits for it. */
  get idle(): boolean {
    return !this.#writing && this.#readers === 0 && this.#waiting.length === 0;
  }

  async #hold<T>(writes: boolean, work: () => T | Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ writes, enter });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      if (writes) this.#writing = false;
      else this.#readers -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (this.#writing || (next.writes && this.#readers > 0)) return;
      this.#waiting.shift();
      if (next.writes) this.#writing = true;
      else this.#readers += 1;
      next.enter();
    }
  }
}

/** A lock a run; runs do not wait for each other. One that nobody uses is forgotten. */
export class RunLocks {
  readonly #locks = new Map<string, ReadersWriterLock>();

  /** See {@link ReadersWriterLock.read}. */
  read<T>(run: string, work: () => T | Promise<T>): Promise<T> {
    return this.#use(run, (lock) => lock.read(work));
  }

  /** See {@link ReadersWriterLock.write}. */
  write<T>(run: string, work: () => T | Promise<T>): Promise<T> {
    return this.#use(run, (lock) => lock.write(work));
  }

  /** Runs whose lock somebody holds or waits for. */
  get size(): number {
    return this.#locks.size;
  }

  async #use<T>(run: string, use: (lock: ReadersWriterLock) => Promise<T>): Promise<T> {
    let lock = this.#locks.get(run);
    if (lock === undefined) this.#locks.set(run, (lock = new ReadersWriterLock()));
    try {
      return await use(lock);
    } finally {
      if (lock.idle && this.#locks.get(run) === lock) this.#locks.delete(run);
    }
  }
}
