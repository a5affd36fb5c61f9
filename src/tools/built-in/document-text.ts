import { parse } from 'csv-parse/sync';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import type { DocumentReference } from '../../domain/run.ts';
import { renderText } from '../../domain/text.ts';

/** A document's readable text: CSV as one block a row, JSON as `name: value` lines, others as they are. */
export async function documentText(artifacts: ArtifactStore, document: DocumentReference): Promise<string> {
  const text = (await artifacts.getContent(document.sha256)).toString('utf8');
  switch (document.mediaType) {
    case 'text/csv':
      return csvText(text);
    case 'application/json':
      return jsonText(text);
    default:
      return text;
  }
}

function csvText(text: string): string {
  const [header, ...rows] = csvRows(text) ?? [];
  if (header === undefined || rows.length === 0) return text.trim();
  const names = columnNames(header);
  return rows
    .map((row) =>
      row
        .map((value, index) => (value === '' ? '' : `${names[index] ?? `column ${index + 1}`}: ${value}`))
        .filter(Boolean)
        .join('; '),
    )
    .join('\n\n');
}

/** `undefined` for what only claims to be CSV. */
function csvRows(text: string): string[][] | undefined {
  try {
    return parse(text, { skip_empty_lines: true, relax_column_count: true, relax_quotes: true, bom: true, trim: true });
  } catch {
    return undefined;
  }
}

/** A name that comes again gets a number, and a column without a name gets its place. */
function columnNames(header: string[]): string[] {
  const names = new Set<string>();
  for (const [index, given] of header.entries()) {
    const name = given === '' ? `column ${index + 1}` : given;
    let unique = name;
    for (let count = 2; names.has(unique); count += 1) unique = `${name} ${count}`;
    names.add(unique);
  }
  return [...names];
}

function jsonText(text: string): string {
  try {
    return renderText(JSON.parse(text));
  } catch {
    return text;
  }
}
