import { hash } from 'node:crypto';
import type { WaitableWords } from '../../../src/jobs/words.ts';

/**
 * A model checker for code over {@link WaitableWords}: it tries every order in which the steps of several threads can come, a
 * step being one operation on a word, and so runs the very code that production runs.
 *
 * A function cannot be stopped in its middle and gone on with along another order. So it is called again from its beginning for each step,
 * with the outcomes of the steps that it made before, until it asks for the next: it must do the same each time, but for those. States that
 * were met before, along whatever order, are not gone on from twice. Memory is sequentially consistent, as `Atomics` are.
 */
export interface Model<T> {
  /** Words of memory, 0 at first. */
  words: number;
  /** Runs before the threads, alone. */
  prepare?: (words: WaitableWords) => void;
  threads: ((words: WaitableWords) => T)[];
  /** Called at each end that any order leads to, with what the threads returned. Throws when it should not be. */
  check: (returned: T[], words: WaitableWords) => void;
}

/** What of a model was explored. */
export interface Explored {
  /** States of memory and threads that differ. */
  states: number;
  /** Of them, ends. */
  ends: number;
}

interface Thread {
  /** Outcomes of its steps. */
  steps: readonly number[];
  /** The word that it sleeps on. */
  asleep?: number;
  ended: boolean;
  returned?: unknown;
}

interface State {
  memory: Int32Array;
  threads: readonly Thread[];
  /** Threads asleep, the first first. */
  sleepers: readonly number[];
}

/** Leaves a thread's function where its next step would be. */
const NEXT = new Error('The next step would come here.');
/** What a step that sleeps comes to. */
const ASLEEP = -1;

/** @throws {Error} when `check` throws, or threads sleep that nobody will wake, with the order of steps that led there */
export function explore<T>(model: Model<T>): Explored {
  const memory = new Int32Array(model.words);
  model.prepare?.(new Alone(memory));
  const threads = model.threads.map(() => ({ steps: [], ended: false }));
  const met = new Set<string>();
  const stack: { state: State; order: string }[] = [{ state: { memory, threads, sleepers: [] }, order: '' }];
  let ends = 0;
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { state, order } = top;
    const key = keyOf(state);
    if (met.has(key)) continue;
    met.add(key);
    const awake = state.threads.flatMap(({ ended, asleep }, index) => (ended || asleep !== undefined ? [] : [index]));
    for (const index of awake) stack.push({ state: step(model, state, index), order: `${order}${index}` });
    if (awake.length > 0) continue;
    ends += 1;
    try {
      if (state.sleepers.length > 0) throw new Error(`Threads ${state.sleepers.join(', ')} sleep for ever.`);
      model.check(
        state.threads.map(({ returned }) => returned as T),
        new Alone(Int32Array.from(state.memory)),
      );
    } catch (error) {
      throw new Error(`After the steps of threads ${order}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { states: met.size, ends };
}

/** States are many and long: their hashes stand for them. */
function keyOf({ memory, threads, sleepers }: State): string {
  const own = [...sleepers];
  for (const { steps, asleep = -1, ended } of threads) own.push(steps.length, asleep, ended ? 1 : 0, ...steps);
  const all = new Int32Array(memory.length + own.length);
  all.set(memory);
  all.set(own, memory.length);
  return hash('sha1', all, 'base64');
}

/** The state after one more step of a thread. */
function step<T>(model: Model<T>, before: State, index: number): State {
  const state = {
    memory: Int32Array.from(before.memory),
    threads: [...before.threads],
    sleepers: [...before.sleepers],
  };
  try {
    const returned = model.threads[index]!(new Replayed(state, index));
    state.threads[index] = { ...state.threads[index]!, ended: true, returned };
  } catch (thrown) {
    if (thrown !== NEXT) throw thrown;
  }
  return state;
}

interface Changing extends State {
  threads: Thread[];
  sleepers: number[];
}

/** Memory as a thread sees it that goes through the steps that it has made, makes one more, and stops before the next. */
class Replayed implements WaitableWords {
  readonly #state: Changing;
  readonly #index: number;
  readonly #steps: readonly number[];
  #made = false;
  #at = 0;

  constructor(state: Changing, index: number) {
    this.#state = state;
    this.#index = index;
    this.#steps = state.threads[index]!.steps;
  }

  load(index: number): number {
    return this.#step((memory) => memory[index]!);
  }

  store(index: number, value: number): void {
    this.#step((memory) => (memory[index] = value));
  }

  compareExchange(index: number, expected: number, replacement: number): number {
    return this.#step((memory) => {
      const old = memory[index]!;
      if (old === expected) memory[index] = replacement;
      return old;
    });
  }

  add(index: number, summand: number): number {
    return this.#step((memory) => {
      const old = memory[index]!;
      memory[index] = old + summand;
      return old;
    });
  }

  read(index: number): number {
    return this.load(index);
  }

  write(index: number, value: number): void {
    this.store(index, value);
  }

  wait(index: number, expected: number): void {
    this.#step((memory, state) => {
      if (memory[index] !== expected) return 0;
      state.sleepers.push(this.#index);
      return ASLEEP;
    }, index);
  }

  notify(index: number, count: number): void {
    this.#step((_, state) => {
      const woken = state.sleepers.filter((sleeper) => state.threads[sleeper]!.asleep === index).slice(0, count);
      for (const sleeper of woken) {
        state.sleepers.splice(state.sleepers.indexOf(sleeper), 1);
        state.threads[sleeper] = { ...state.threads[sleeper]!, asleep: undefined };
      }
      return woken.length;
    });
  }

  #step(make: (memory: Int32Array, state: Changing) => number, word?: number): number {
    if (this.#at < this.#steps.length) {
      this.#at += 1;
      return this.#steps[this.#at - 1]!;
    }
    if (this.#made) throw NEXT;
    this.#made = true;
    const outcome = make(this.#state.memory, this.#state);
    const asleep = outcome === ASLEEP ? word : undefined;
    this.#state.threads[this.#index] = { steps: [...this.#steps, outcome], asleep, ended: false };
    if (asleep !== undefined) throw NEXT;
    return outcome;
  }
}

/** Memory of one thread. */
class Alone implements WaitableWords {
  readonly #memory: Int32Array;

  constructor(memory: Int32Array) {
    this.#memory = memory;
  }

  load(index: number): number {
    return this.#memory[index]!;
  }

  store(index: number, value: number): void {
    this.#memory[index] = value;
  }

  compareExchange(index: number, expected: number, replacement: number): number {
    const old = this.#memory[index]!;
    if (old === expected) this.#memory[index] = replacement;
    return old;
  }

  add(index: number, summand: number): number {
    this.#memory[index]! += summand;
    return this.#memory[index]! - summand;
  }

  read(index: number): number {
    return this.load(index);
  }

  write(index: number, value: number): void {
    this.store(index, value);
  }

  wait(): void {
    throw new Error('A thread that is alone does not sleep.');
  }

  notify(): void {
    // Nobody sleeps.
  }
}
