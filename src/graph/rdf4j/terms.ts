/** What a cell of a result holds; `undefined` where a variable is not bound. */
export type Term =
  | { kind: 'iri'; value: string }
  | { kind: 'literal'; value: string; datatype: string }
  | { kind: 'blank'; value: string };

const XSD = 'http://www.w3.org/2001/XMLSchema#';

/** One line of SPARQL's tab-separated results. */
export function parseLine(line: string): (Term | undefined)[] {
  return line.split('\t').map(parseTerm);
}

function parseTerm(text: string): Term | undefined {
  switch (text[0]) {
    case undefined:
      return undefined;
    case '<':
      return { kind: 'iri', value: text.slice(1, -1) };
    case '_':
      return { kind: 'blank', value: text };
    case '"': {
      const end = text.lastIndexOf('"');
      const rest = text.slice(end + 1);
      const datatype = rest.startsWith('^^<') ? rest.slice(3, -1) : `${XSD}string`;
      return { kind: 'literal', value: unescape(text.slice(1, end)), datatype };
    }
    default:
      return { kind: 'literal', value: text, datatype: `${XSD}${/^[+-]?\d+$/.test(text) ? 'integer' : 'double'}` };
  }
}

const ESCAPED: Record<string, string> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f' };

function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, (_, letter: string) => ESCAPED[letter] ?? letter) : text;
}

/** A literal as a number or a truth where its type says so and it can be one exactly enough; else its text. */
export function valueOf({ value, datatype }: { value: string; datatype: string }): string | number | boolean {
  if (datatype === `${XSD}boolean`) return value === 'true' || value === '1';
  if (!NUMBERS.has(datatype)) return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}

const NUMBERS = new Set(
  (
    'integer decimal double float long int short byte nonNegativeInteger positiveInteger nonPositiveInteger ' +
    'negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte'
  )
    .split(' ')
    .map((name) => `${XSD}${name}`),
);
