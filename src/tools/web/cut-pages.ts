/** Where a page may end, the best first: before a heading, then after a paragraph, a line, a sentence, a word. */
const ENDS = ['\n#', '\n\n', '\n', '. ', ' '];

/** Cuts a text into pages of at most `limit` characters, each at least half full but for the last. */
export function cutPages(text: string, limit: number): string[] {
  const pages: string[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const at = endOfPage(rest, limit);
    pages.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  if (rest !== '') pages.push(rest);
  return pages;
}

function endOfPage(text: string, limit: number): number {
  for (const end of ENDS) {
    const at = text.lastIndexOf(end, limit - 1);
    // A full stop belongs to the page that it ends.
    if (at >= limit / 2) return end === '. ' ? at + 1 : at;
  }
  const splitsCharacter = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(limit - 1, limit + 1));
  return splitsCharacter ? limit - 1 : limit;
}
