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
  const rows = parse<Record<string, string>>(text, {
    columns: true,
    skip_empty_lines: true,
    relax_column_count: true,
    bom: true,
    trim: true,
  });
  return rows
    .map((row) =>
      Object.entries(row)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name}: ${value}`)
        .join('; '),
    )
    .join('\n\n');
}

function jsonText(text: string): string {
  try {
    return renderText(JSON.parse(text));
  } catch {
    return text;
  }
}
