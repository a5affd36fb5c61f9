/** A time as answers show it: UTC, to the second. */
export function fetchedAt(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
