import { writeServerState } from '../../src/config/server-state.ts';
import type { ServerState } from '../../src/config/server-state.ts';

/** Milliseconds between attempts. */
const WAIT = 1_000;

/** Keeps what the owner of a data directory says of it: where it cannot be written, as on a full disk, it is tried again. */
export class StateKeeper {
  readonly #data: string;
  readonly #state: ServerState;
  #timer: NodeJS.Timeout | undefined;

  constructor(data: string, state: ServerState) {
    this.#data = data;
    this.#state = state;
  }

  /** Changes what is said. */
  update(change: Partial<ServerState>): void {
    Object.assign(this.#state, change);
    this.#save();
  }

  #save(): void {
    clearTimeout(this.#timer);
    try {
      writeServerState(this.#data, this.#state);
    } catch {
      this.#timer = setTimeout(() => this.#save(), WAIT).unref();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
