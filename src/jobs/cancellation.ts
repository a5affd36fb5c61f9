/**
 * A signal that is right also within a function which never lets its thread's loop turn: it looks into shared memory when
 * it is asked. Listeners are called once the loop turns.
 *
 * @param stopped whether it is to be aborted
 */
export function watchfulSignal(stopped: () => boolean): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (): void => {
    controller.abort();
  };
  const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;
  const look = (): boolean => {
    if (!(aborted.call(signal) as boolean) && stopped()) controller.abort();
    return aborted.call(signal) as boolean;
  };
  const throwIfAborted = (): void => {
    if (look()) throw signal.reason;
  };
  Object.defineProperties(signal, { aborted: { get: look }, throwIfAborted: { value: throwIfAborted } });
  return { signal, abort };
}
