/** Milliseconds: whoever asks for more is asked again after a day. */
const MOST = 86_400_000;

/**
 * Milliseconds after which a provider asked to come back. A date is taken by the provider's own clock where it tells that.
 *
 * @param header looks a response header up by its lower-case name
 * @param now milliseconds, to tell how far away a date is
 */
export function parseRetryAfter(header: (name: string) => string | undefined, now: number): number | undefined {
  const milliseconds = Number(header('retry-after-ms'));
  if (header('retry-after-ms') !== undefined && milliseconds >= 0) return Math.min(milliseconds, MOST);
  const value = header('retry-after');
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const asked = Number.isNaN(seconds) ? Date.parse(value) - dateOf(header('date'), now) : seconds * 1000;
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(0, asked), MOST);
}

function dateOf(text: string | undefined, otherwise: number): number {
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? otherwise : date;
}
