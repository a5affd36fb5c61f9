/**
 * Characters that nobody sees, and in which text can hide from people what a model reads: controls, marks of direction,
 * of zero width, tags. What spells words and emoji stays: joiners between letters that are not Latin, and one selector
 * after an emoji.
 */
const UNSEEN =
  /[\p{Cc}--[\t\n]]|[\p{DI}--[\u200c\u200d\ufe0e\ufe0f]]|[\ufff9-\ufffb]|(?<!\p{Emoji})[\ufe0e\ufe0f]|(?<![^\p{ASCII}\p{Z}\p{C}])[\u200c\u200d]|[\u200c\u200d](?![^\p{ASCII}\p{Z}\p{C}])/gv;

/** Most texts of one line: nothing in them is unseen, and no line breaks. */
const PLAIN = /^[ -~\u00a1-\u00ac\u00ae-\u024f]*$/;

const LINE_BREAK = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

/** `text` as a person sees it: without unseen characters, its line breaks all of one kind. */
export function withoutUnseen(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(LINE_BREAK, '\n').replace(UNSEEN, '');
}

/** The same on one line: as a name, or as an item of a list that other items follow. */
export function oneLine(text: string): string {
  const lines = withoutUnseen(text).split('\n');
  return lines
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' ');
}

/**
 * `text` with its unseen characters made visible: a terminal would obey them.
 *
 * @param show writes one of them. @default as `\u{202e}`
 */
export function showUnseen(text: string, show: (character: string) => string = escape): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSEEN, (character) => show(character))
    .replace(/[\u2028\u2029]/g, (character) => show(character));
}

function escape(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
