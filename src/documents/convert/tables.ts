import { parse } from 'csv-parse/sync';

/**
 * A table as one block a row, each value with its column's name: a row that is found alone still says what it means.
 *
 * @param rows the first names the columns
 */
export function tableText([header = [], ...rows]: readonly (readonly string[])[]): string {
  const names = columnNames(header);
  return rows
    .map((row) =>
      row
        .map((value, index) => (value === '' ? '' : `${names[index] ?? `column ${index + 1}`}: ${value}`))
        .filter(Boolean)
        .join('; '),
    )
    .filter(Boolean)
    .join('\n\n');
}

/** A name that comes again gets a number, and a column without a name gets its place. */
function columnNames(header: readonly string[]): string[] {
  const names = new Set<string>();
  for (const [index, given] of header.entries()) {
    const name = given === '' ? `column ${index + 1}` : given;
    let unique = name;
    for (let count = 2; names.has(unique); count += 1) unique = `${name} ${count}`;
    names.add(unique);
  }
  return [...names];
}

/** CSV as {@link tableText}; what only claims to be CSV as it is. */
export function csvText(text: string): string {
  const rows = csvRows(text) ?? [];
  return rows.length > 1 ? tableText(rows) : text.trim();
}

function csvRows(text: string): string[][] | undefined {
  try {
    return parse(text, {
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      bom: true,
      trim: true,
      delimiter: delimiterOf(text),
    });
  } catch {
    return undefined;
  }
}

/** What stands oftenest in the first line: spreadsheets of many countries write semicolons. */
function delimiterOf(text: string): string {
  const line = /^.*/.exec(text.replace(/^\ufeff?\s*/, ''))![0].replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => line.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** A table as Markdown. Rows may be of different lengths, and cells may hold lines and bars. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const filled = rows.filter((row) => row.some((cell) => cell.trim() !== ''));
  const columns = filled.reduce((most, row) => Math.max(most, row.length), 0);
  if (columns === 0) return '';
  const line = (row: readonly string[]): string =>
    `| ${Array.from({ length: columns }, (_, index) => cellText(row[index] ?? '')).join(' | ')} |`;
  const [header, ...rest] = filled;
  return [line(header!), `|${' --- |'.repeat(columns)}`, ...rest.map((row) => line(row))].join('\n');
}

function cellText(cell: string): string {
  return cell
    .trim()
    .replace(/\s+/g, ' ')
    .replaceAll('|', String.raw`\|`);
}
