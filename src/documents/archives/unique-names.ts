/**
 * Names for the members of one archive: on one line, of a bounded length, none twice.
 *
 * @param limit characters
 */
export function uniqueNames(limit: number): (name: string) => string {
  const given = new Set<string>();
  return (name) => {
    const clean = cleanName(name, limit);
    let unique = clean;
    for (let count = 2; given.has(unique); count += 1) unique = `${clean} (${count})`;
    given.add(unique);
    return unique;
  };
}

/** A name on one line: prompts show it. Of a long one the end is kept, as it says most. */
export function cleanName(name: string, limit: number): string {
  const line = name
    .replaceAll('\\', '/')
    .replace(/[\s\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim();
  if (line.length <= limit) return line || '(no name)';
  // Half of a character that was cut in two goes too.
  return `…${line.slice(1 - limit).replace(/^[\udc00-\udfff]/, '')}`;
}
