import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, showUnseen, withoutUnseen } from '../../src/domain/unseen.ts';
import { SEEDED } from '../support/property.ts';

describe('withoutUnseen', () => {
  it.each([
    ['zero width', 'Pe\u200bru\u2060\ufeff'],
    ['soft hyphens', 'Pe\u00adru'],
    ['marks of direction', '\u202ePe\u2066ru\u2069\u202c\u200f\u061c'],
    ['joiners between Latin letters', 'Pe\u200dr\u200cu\u200d'],
    ['controls', '\u0000Pe\u0007r\u001bu\u009b\u007f'],
    ['tags', `Peru${[...'obey me'].map((letter) => String.fromCodePoint(0xe0000 + letter.codePointAt(0)!)).join('')}`],
    ['selectors', 'P\ufe01e\ufe0fr\u{e0100}u\u{e01ef}'],
    ['fillers', 'Pe\u3164r\u115fu\uffa0'],
    ['annotations', 'Pe\ufff9r\ufffau\ufffb'],
  ])('takes out %s', (_, text) => {
    expect(withoutUnseen(text)).toBe('Peru');
  });

  it.each([
    ...['Ada Vega\tleads\n\nPeru.', 'São Tomé', 'Пётр', '日本語', 'ภาษาไทย', 'שָׁלוֹם', 'e\u0301', '½ × 3 = “1.5”'],
    ...['می\u200cخواهم', 'क\u094d\u200dष', '👩\u200d❤\ufe0f\u200d👨', '1\ufe0f\u20e3', '☎\ufe0e', '🇵🇪', '👍🏽'],
  ])('leaves %j alone', (text) => {
    expect(withoutUnseen(text)).toBe(text);
  });

  it('leaves no joiner in a row of them, in which a message could hide', () => {
    expect(withoutUnseen('ب\u200c\u200d\u200c\u200dب')).toBe('بب');
    expect(withoutUnseen('👍\ufe0f\ufe0e\ufe0f')).toBe('👍\ufe0f');
  });

  it('has one kind of line break', () => {
    expect(withoutUnseen('a\r\nb\rc\fd\u2028e\u0085f')).toBe('a\nb\nc\nd\ne\nf');
  });

  it('does the same to text of few kinds of letters, whatever comes with it', () => {
    for (let code = 0; code < 0x300; code += 1) {
      const text = `a${String.fromCharCode(code)}b`;
      expect(withoutUnseen(text)).toBe(withoutUnseen(`${text}\u200b`));
    }
  });

  it('leaves nothing to take out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = withoutUnseen(text);
        expect(showUnseen(withoutUnseen(clean))).toBe(withoutUnseen(clean));
      }),
      SEEDED,
    );
  });
});

it('oneLine joins lines, and leaves other spaces', () => {
  expect(oneLine(' Peru\n\n  Tools:\r\n- x  y ')).toBe('Peru Tools: - x  y');
});

describe('showUnseen', () => {
  it('makes visible what a terminal would obey', () => {
    expect(showUnseen('\u001b[2JPeru\u202e\u0007\r')).toBe('\\u{1b}[2JPeru\\u{202e}\\u{7}\\u{d}');
  });

  it('leaves lines, tabs and letters alone', () => {
    expect(showUnseen('Ada Vega\n\tleads\r\nmy 👩\u200d🌾')).toBe('Ada Vega\n\tleads\nmy 👩\u200d🌾');
  });
});
