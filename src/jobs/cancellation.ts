/**
 * A signal that is right also within a function which never lets its thread's loop turn: it looks into shared memory when
 * it is asked. Listeners are called once the loop turns.
 *
 * @param stopped whether it is to be aborted
 */
export function watchfulSignal(stopped: () => boolean): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (): void => {
    controller.abort();
  };
  const aborted = (): boolean => Reflect.get<AbortSignal, 'aborted'>(AbortSignal.prototype, 'aborted', signal);
  const look = (): boolean => {
    if (!aborted() && stopped()) controller.abort();
    return aborted();
  };
  const throwIfAborted = (): void => {
    if (look()) throw signal.reason;
  };
  Object.defineProperties(signal, { aborted: { get: look }, throwIfAborted: { value: throwIfAborted } });
  return { signal, abort };
}
