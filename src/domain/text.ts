/** Cuts `text` to `limit` characters, saying how much was left out where there is room for it; no character in two. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const note = ` … [${text.length - limit} characters left out]`;
  if (note.length > limit) return cut(text, limit);
  return cut(text, limit - note.length) + note;
}

function cut(text: string, length: number): string {
  const splits = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(length - 1, length + 1));
  return text.slice(0, splits ? length - 1 : length);
}

/** `1 edge`, `2 edges`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * One spelling for names that mean the same: NFKC, lower case, punctuation to spaces, single spaces. Marks that belong to
 * a letter stay: without its vowels a word of many scripts is another.
 */
export function normalizeName(name: string): string {
  // Most names: the same, in a fraction of the time. Nothing from outside is used: QuickJS is given this function as text.
  if (!/[^\u0001-\u007f]/.test(name))
    return name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, ' ')
      .trim();
  return name
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}[\p{M}--\p{DI}]][^\p{L}\p{N}]*|^\p{M}+/gv, ' ')
    .trim();
}

/** UTF-8 length without an encoder, so that workflows may call it too. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** JSON with sorted keys: the same value always gives the same text. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A value as a prompt shows it: strings as they are, members as `name: value` lines, array items apart. */
export function renderText(value: unknown, indent = ''): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) {
    if (value.every((item) => item === null || typeof item !== 'object')) return value.map(String).join(', ');
    return value.map((item) => renderText(item, indent)).join(`\n${indent}---\n`);
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([name, member]) => {
        const text = renderText(member, `${indent}  `);
        return typeof member === 'object' || text.includes('\n')
          ? `${indent}${name}:\n${text}`
          : `${indent}${name}: ${text}`;
      })
      .join('\n');
  }
  return JSON.stringify(value) ?? '';
}
