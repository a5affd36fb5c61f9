const word = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread. @returns the milliseconds that it really was blocked */
export function sleepFor(milliseconds: number): number {
  const began = performance.now();
  Atomics.wait(word, 0, 0, milliseconds);
  return performance.now() - began;
}

export default sleepFor;
