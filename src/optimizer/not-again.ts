/** Marks an error that another attempt would meet again. */
export function notAgain<E>(error: E): E {
  if (error instanceof Error && Object.isExtensible(error)) {
    Object.defineProperty(error, 'retryable', { value: false, configurable: true });
  }
  return error;
}
