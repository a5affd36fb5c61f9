import type { LeftOut } from './thread.ts';

/** Names that one note has room for. */
const SHOWN = 5;

/** What of a folder or an archive is not read, and why, in one line. */
export function leftOutNote(whole: string, leftOut: readonly LeftOut[]): string {
  const shown = leftOut.slice(0, SHOWN).map(({ name, why }) => `${name} ${why}`);
  const more = leftOut.length - shown.length;
  return `Left out of ${whole}: ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}.`;
}
