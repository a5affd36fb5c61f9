/** Work that several callers wait for is done once; it is given up when none of them waits any more. */
export class SharedWork<T> {
  readonly #running = new Map<string, { result: Promise<T>; callers: number; ending: AbortController }>();

  /**
   * @param key of equal work
   * @param signal the caller's own: it leaves, and the others get their result
   */
  do(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    let running = this.#running.get(key);
    if (running === undefined) {
      const ending = new AbortController();
      running = { result: work(ending.signal), callers: 0, ending };
      this.#running.set(key, running);
      const forget = (): void => this.#forget(key, ending);
      running.result.then(forget, forget);
    }
    const { result, ending } = running;
    running.callers += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        running.callers -= 1;
        if (running.callers === 0) {
          this.#forget(key, ending);
          ending.abort(signal!.reason);
        }
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', leave, { once: true });
      result.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave));
    });
  }

  /** Work that was given up is not joined again while it ends. */
  #forget(key: string, ending: AbortController): void {
    if (this.#running.get(key)?.ending === ending) this.#running.delete(key);
  }
}
