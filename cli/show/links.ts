import type { Line, Section } from './outline.ts';

/** Addresses as terminals and chat programs make links of them. */
const LINK = /\b(?:[a-z][a-z0-9+.-]{0,20}:\/\/|www\.)[^\s<>"'`|\\^{}]+/gi;

/**
 * `text` with every link that no known text holds written so that nothing follows it, as in `https[:]//a.example`: a link
 * that a model made up may carry away in its address what the model has read.
 */
export function defangLinks(text: string, known: readonly string[]): string {
  return text.replace(LINK, (found) => {
    // What ends a sentence, or a text that was cut.
    const link = found.replace(/[.,;:!?)\]…]+$/, '');
    if (known.some((other) => other.includes(link))) return found;
    return found.replace('://', '[:]//').replace(/^www\./i, 'www[.]');
  });
}

/** The same for all texts of a page. */
export function defangPage(sections: readonly Section[], known: readonly string[]): Section[] {
  const safe = ({ text, lines = [], ...line }: Line): Line => ({
    ...line,
    text: defangLinks(text, known),
    lines: lines.map(safe),
  });
  return sections.map(({ title, lines }) => ({
    ...(title === undefined ? {} : { title: defangLinks(title, known) }),
    lines: lines.map(safe),
  }));
}
