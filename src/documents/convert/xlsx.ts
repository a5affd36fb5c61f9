import readWorkbook from 'read-excel-file/universal';
import type { CellValue } from 'read-excel-file/universal';
import { plainZip } from '../archives/plain-zip.ts';
import { tableText } from './tables.ts';

/** A workbook's text: each sheet under its name, each row with the names of its columns. */
export async function xlsxText(bytes: Uint8Array, most: number): Promise<string> {
  const { buffer } = await plainZip(bytes, most);
  const sheets = await readWorkbook(buffer);
  return sheets
    .map(({ sheet, data }) => ({ sheet, text: sheetText(data.map((row) => row.map((cell) => cellText(cell)))) }))
    .filter(({ text }) => text !== '')
    .map(({ sheet, text }) => `# Sheet ${sheet}\n\n${text}`)
    .join('\n\n');
}

/** Titles and notes above a table stand for themselves; the first row that is filled like a table's names its columns. */
function sheetText(rows: string[][]): string {
  const filled = rows.filter((row) => row.some((cell) => cell !== ''));
  const widest = filled.reduce((most, row) => Math.max(most, countOf(row)), 0);
  const header = filled.findIndex((row) => countOf(row) >= Math.max(2, widest / 2));
  if (header < 0) return filled.map((row) => lineOf(row)).join('\n');
  const above = filled.slice(0, header).map((row) => lineOf(row));
  const table = filled.slice(header);
  return [...above, table.length > 1 ? tableText(table) : lineOf(table[0]!)].join('\n\n');
}

function countOf(row: readonly string[]): number {
  return row.filter((cell) => cell !== '').length;
}

function lineOf(row: readonly string[]): string {
  return row.filter((cell) => cell !== '').join('; ');
}

function cellText(value: CellValue | null): string {
  if (value === null) return '';
  if (value instanceof Date) return dateText(value);
  if (typeof value === 'number') return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(15)));
  return String(value).trim();
}

/** Excel's dates have no time zone; a time alone is one of the first day that it knows. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  // They are fractions of days: half past twelve comes out a little before.
  const rounded = new Date(Math.round(date.getTime() / 1_000) * 1_000);
  const [day, time] = rounded.toISOString().slice(0, 19).split('T') as [string, string];
  if (day === '1899-12-30' || day === '1899-12-31') return time;
  return time === '00:00:00' ? day : `${day} ${time}`;
}
