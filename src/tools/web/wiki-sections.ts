import { normalizeName } from '../../domain/text.ts';

/** What stands before the first heading. */
export const INTRODUCTION = 'Introduction';

interface Heading {
  level: number;
  name: string;
  /** Where it begins in the text. */
  start: number;
}

/** Names of an article's sections, in their order, the introduction first. */
export function sectionNames(text: string): string[] {
  return [INTRODUCTION, ...headingsOf(text).map(({ name }) => name)];
}

/** One section with those inside of it, by its heading; undefined when there is none of that name. */
export function findSection(text: string, name: string): string | undefined {
  const headings = headingsOf(text);
  const wanted = normalizeName(name);
  const index = headings.findIndex((heading) => normalizeName(heading.name) === wanted);
  const found = headings[index];
  if (found !== undefined) {
    const next = headings.slice(index + 1).find(({ level }) => level <= found.level);
    return text.slice(found.start, next?.start).trim();
  }
  return wanted === normalizeName(INTRODUCTION) ? text.slice(0, headings[0]?.start).trim() : undefined;
}

function headingsOf(text: string): Heading[] {
  return [...text.matchAll(/^(#{1,6}) (.+)$/gm)].map(({ 1: marks = '', 2: name = '', index }) => ({
    ...{ level: marks.length, name: name.trim(), start: index },
  }));
}
