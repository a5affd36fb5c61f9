import { digitsOf } from '../../domain/fold-name.ts';

/** Most names hold nothing of the kind. */
const MAY = /\p{N}| [ivx]+(?: |$)| \S$/u;
const ROMAN = /^x{0,3}(?:ix|iv|v?i{0,3})$/;

/**
 * What numbers a folded name, in its order: digits, Roman numerals up to 39 but for the first word, and a single letter at the
 * end. Names that differ in it are names of different things: World War I and World War II, vitamin A and vitamin B.
 */
export function numbersIn(name: string): string {
  if (!MAY.test(name)) return '';
  const words = name.split(' ');
  const numbers = words.filter(
    (word, index) => index > 0 && (ROMAN.test(word) || (index === words.length - 1 && word.length === 1)),
  );
  const digits = /\p{N}/u.test(name) ? digitsOf(name) : '';
  return numbers.length === 0 ? digits : `${digits} ${numbers.join(' ')}`;
}
