/**
 * Milliseconds after which a provider asked to come back.
 *
 * @param header looks a response header up by its lower-case name
 * @param now milliseconds, to tell how far away a date is
 */
export function parseRetryAfter(header: (name: string) => string | undefined, now: number): number | undefined {
  const milliseconds = Number(header('retry-after-ms'));
  if (header('retry-after-ms') !== undefined && milliseconds >= 0) return milliseconds;
  const value = header('retry-after');
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
