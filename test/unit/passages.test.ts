import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitPassages } from '../../src/tools/built-in/passages.ts';
import { SEEDED } from '../support/property.ts';

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  { weight: 3, arbitrary: fc.constantFrom(' ', '. ', '! ', '\n', '\n\n', '\n \n', '\n# ', '\n### ', '  ') },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(300), 'ä漢😀', '#', '.') },
);

/** Text with words, sentences, paragraphs and headings of all lengths. */
const text = fc.array(piece, { maxLength: 120 }).map((pieces) => pieces.join(''));

const withoutSpace = (words: string): string => words.replace(/\s+/g, '');

describe('splitPassages', () => {
  it('loses no word, adds none, and keeps their order', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 400 }), (words, limit) => {
        expect(withoutSpace(splitPassages(words, limit).join(''))).toBe(withoutSpace(words));
      }),
      { ...SEEDED, numRuns: 1_000 },
    );
  });

  it('gives passages within the limit, none of them empty', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 400 }), (words, limit) => {
        for (const passage of splitPassages(words, limit)) {
          expect(passage.length).toBeLessThanOrEqual(limit);
          expect(passage.trim()).not.toBe('');
        }
      }),
      { ...SEEDED, numRuns: 1_000 },
    );
  });

  it('cuts no word in two that fits into a passage', () => {
    const words = Array.from({ length: 2_000 }, (_, index) => `word${index}`);
    const cut = splitPassages(words.join(' '), 100).flatMap((passage) => passage.split(/\s+/));
    expect(cut).toEqual(words);
  });

  it('leaves a text that fits as one passage', () => {
    expect(splitPassages('  # A title\n\nSome words.\n')).toEqual(['# A title\n\nSome words.']);
    expect(splitPassages(' \n\t ')).toEqual([]);
  });

  it('cuts at headings first, then at paragraphs, then at sentences', () => {
    const sentence = 'Ada Vega leads Peru. ';
    const section = (title: string, paragraphs: number): string =>
      `# ${title}\n\n${`${sentence.repeat(2).trim()}\n\n`.repeat(paragraphs)}`;
    const passages = splitPassages(section('One', 1) + section('Two', 1) + section('Three', 4), 100);
    expect(passages.slice(0, 3).map((passage) => passage.split('\n')[0])).toEqual(['# One', '# Two', '# Three']);
    for (const passage of splitPassages(sentence.repeat(50), 100)) expect(passage).toMatch(/^Ada .*Peru\.$/s);
  });

  it('puts neighbours together as long as they fit', () => {
    expect(splitPassages('one two three four five six', 14)).toEqual(['one two three', 'four five six']);
  });

  it('cuts what has no spaces at all', () => {
    expect(splitPassages('x'.repeat(250), 100).map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  it('takes long runs of blank lines in its stride', () => {
    for (const blank of ['\n', '\n \t', '\r\n', ' ']) {
      const text = `Peru.${blank.repeat(200_000)}Lima.`;
      const start = performance.now();
      expect(withoutSpace(splitPassages(text).join(''))).toBe('Peru.Lima.');
      expect(performance.now() - start).toBeLessThan(5_000);
    }
  });

  it('takes a large document of lines in its stride', () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `${index} a line of a log`).join('\n');
    expect(withoutSpace(splitPassages(lines).join(''))).toBe(withoutSpace(lines));
  });
});
