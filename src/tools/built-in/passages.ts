/** Characters of one passage, at most: a document that fits is one passage. */
const PASSAGE_CHARACTERS = 1_600;

/** Cuts a text into passages at headings, then paragraphs, then sentences, then words. */
export function splitPassages(text: string, limit: number = PASSAGE_CHARACTERS): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (trimmed.length <= limit) return [trimmed];
  for (const boundary of BOUNDARIES) {
    const parts = trimmed.split(boundary).filter((part) => part.trim() !== '');
    if (parts.length > 1) return pack(parts, limit).flatMap((part) => splitPassages(part, limit));
  }
  return Array.from({ length: Math.ceil(trimmed.length / limit) }, (_, index) =>
    trimmed.slice(index * limit, (index + 1) * limit),
  );
}

/** Each keeps what it splits at with one of its sides. */
const BOUNDARIES = [/(?=^#{1,6} )/m, /(?<=\n[^\S\n]*\n)/, /(?<=\n)/, /(?<=[.!?]\s)/, /(?<=\s)/];

/** Joins neighbours as long as they fit. */
function pack(parts: string[], limit: number): string[] {
  const packed: string[] = [];
  for (const part of parts) {
    const last = packed.at(-1);
    if (last !== undefined && !part.startsWith('#') && last.length + part.length <= limit) {
      packed[packed.length - 1] = last + part;
    } else packed.push(part);
  }
  return packed;
}
