import { describe, expect, it } from 'vitest';
import { outlineMarkdown, outlineText } from '../../cli/show/outline.ts';
import type { Section } from '../../cli/show/outline.ts';

const page: Section[] = [
  { lines: [{ text: 'A title of no section', tone: 'strong' }] },
  {
    title: 'Round 1',
    lines: [
      { mark: '✓', text: 'a call', tone: 'good', lines: [{ text: 'its outcome', tone: 'quiet' }] },
      { text: 'a plain line', lines: [{ mark: '+', text: 'below it' }] },
    ],
  },
  { lines: [] },
];

describe('an outline on a terminal', () => {
  it('indents what belongs below a line, and parts sections', () => {
    expect(outlineText(page, {})).toBe(`A title of no section

Round 1
  ✓ a call
    its outcome
  a plain line
    + below it`);
  });

  it('has colours only where they are shown', () => {
    expect(outlineText(page, { colours: true })).toContain('✓ \u001b[32ma call\u001b[39m');
    expect(outlineText(page, {})).not.toContain('\u001b');
    // Tests have no terminal.
    expect(outlineText(page)).not.toContain('\u001b');
  });

  it.each([40, 80, 120])('fits into %d columns, wide characters too', (columns) => {
    const words = 'one two three four five six seven eight nine ten eleven twelve '.repeat(5);
    const lines: Section['lines'] = [words, '漢字'.repeat(90), 'x'.repeat(300)].map((text) => ({ mark: '•', text }));
    const text = outlineText([{ title: words, lines: [{ text: 'a', lines }] }], { columns });
    const width = (line: string): number => line.length + (line.match(/\p{Script=Han}/gu)?.length ?? 0);
    expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(columns);
    // Nothing is lost: each of the two texts has five times a six.
    expect(text.replace(/[^x]/g, '')).toHaveLength(300 + 2 * 5);
    expect(text).toMatch(/\n {4}• one two[^\n]*\n {6}\w/);
  });

  it('shows what hides in a text', () => {
    expect(outlineText([{ lines: [{ text: 'a\u200bb\u{e0041}' }] }], { colours: true })).toBe('a\\u{200b}b\\u{e0041}');
  });

  it('lets no text move the cursor, change colours, add lines or turn the direction of writing', () => {
    const text = 'a\u001b[31mb\u001b]8;;http://x\u0007c\u0007\r\nd\u009b2Je\u202ef\ud83dg\u0000h';
    const shown = outlineText([{ lines: [{ text }] }], {});
    expect(shown).toBe('abc defg h');
  });
});

describe('an outline as Markdown', () => {
  it('has headings and nested lists', () => {
    expect(outlineMarkdown(page)).toBe(`- **A title of no section**

## Round 1

- ✓ a call
  - its outcome
- a plain line
  - \\+ below it`);
  });

  it('shows what looks like markup', () => {
    const texts = ['**bold** <b>', '[a](http://b)', '1. one', '- item', '# heading', '`code` ~~x~~'];
    expect(outlineMarkdown([{ lines: texts.map((text) => ({ text })) }]).split('\n')).toEqual([
      '- \\*\\*bold\\*\\* \\<b\\>',
      '- \\[a\\]\\(http://b\\)',
      '- 1\\. one',
      '- \\- item',
      '- \\# heading',
      '- \\`code\\` \\~\\~x\\~\\~',
    ]);
  });
});
