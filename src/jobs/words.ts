/**
 * Memory of 32-bit words that several threads share. What the deques and the parking lot do is written over it, so that the
 * same code runs on shared memory and under the tests' model checker, which tries every order of these steps.
 */
export interface Words {
  /** A load, store, exchange and sum that all threads see in one order (`Atomics`: sequentially consistent). */
  load(index: number): number;
  store(index: number, value: number): void;
  /** @returns what was there; it is replaced when that was `expected` */
  compareExchange(index: number, expected: number, replacement: number): number;
  /** @returns what was there */
  add(index: number, summand: number): number;
  /** Without an order of their own; what was written before a `store` is there for whoever loaded what it stored. */
  read(index: number): number;
  write(index: number, value: number): void;
}

/** Words on which a thread can sleep. */
export interface WaitableWords extends Words {
  /** Sleeps until notified, if the word is `expected`; else goes on at once. */
  wait(index: number, expected: number): void;
  /** Wakes so many of those that wait on a word. */
  notify(index: number, count: number): void;
}
