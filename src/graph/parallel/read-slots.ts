/** Slots for reads: heavy ones may take three quarters of them, so that light ones, which go first, never wait for those alone. */
export class ReadSlots {
  readonly #slots: number;
  readonly #heavySlots: number;
  readonly #light: (() => void)[] = [];
  readonly #heavy: (() => void)[] = [];
  #taken = 0;
  #takenHeavy = 0;

  /** @param slots reads at once, at most */
  constructor(slots: number) {
    this.#slots = slots;
    this.#heavySlots = Math.max(1, Math.floor((slots * 3) / 4));
  }

  /** Does `work` once there is a slot for it. */
  async run<T>({ heavy }: { heavy: boolean }, work: () => Promise<T>): Promise<T> {
    if (this.#isFree(heavy)) this.#take(heavy);
    else await new Promise<void>((resolve) => (heavy ? this.#heavy : this.#light).push(resolve));
    try {
      return await work();
    } finally {
      this.#taken -= 1;
      if (heavy) this.#takenHeavy -= 1;
      this.#handOn();
    }
  }

  #isFree(heavy: boolean): boolean {
    return this.#taken < this.#slots && (!heavy || this.#takenHeavy < this.#heavySlots);
  }

  #take(heavy: boolean): void {
    this.#taken += 1;
    if (heavy) this.#takenHeavy += 1;
  }

  /** A slot that is free again is taken at once for whoever waits: nobody who comes meanwhile is first. */
  #handOn(): void {
    for (const heavy of [false, true]) {
      const waiting = heavy ? this.#heavy : this.#light;
      while (waiting.length > 0 && this.#isFree(heavy)) {
        this.#take(heavy);
        waiting.shift()!();
      }
    }
  }
}
