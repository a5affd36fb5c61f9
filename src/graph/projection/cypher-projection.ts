import grafeo from '@grafeo-db/js';
import type { GrafeoDB as Database, GrafeoValue, Transaction } from '@grafeo-db/js';
import { truncate } from '../../domain/text.ts';
import type { Cell, QueryRows } from '../graph-store.ts';
import { CELL_CHARACTERS } from './protocol.ts';
import type { ProjectionContent } from './protocol.ts';

/** Plan operators that write, read files, or call out. */
const REFUSED = /^\s*(LoadCsv|Create|Merge|Set|Delete|Detach|Remove|Add|Drop|Insert|Alter|Call|Import|Copy)\w*/m;

/** A graph in memory that answers Cypher. */
export function openCypherProjection(graph: ProjectionContent): Database {
  const database = grafeo.GrafeoDB.create();
  const ids = new Map<string, number>();
  for (const { key, labels, properties } of graph.nodes) ids.set(key, database.createNode(labels, properties).id);
  for (const { from, to, type, properties } of graph.edges) {
    database.createEdge(ids.get(from)!, ids.get(to)!, type, properties);
  }
  return database;
}

/** Runs Cypher that a model wrote. */
export async function runCypher(database: Database, query: string, limit: number): Promise<QueryRows> {
  await refuseWrites(database, query);
  return inTransaction(database, async (transaction) => {
    const result = await transaction.executeCypher(query);
    const { columns } = result;
    const rows: Cell[][] = [];
    for (let index = 0; index < Math.min(limit, result.length); index += 1) {
      const row = result.get(index);
      // A column may have the name of what every object has.
      rows.push(columns.map((column) => toCell((Object.hasOwn(row, column) ? row[column] : null) ?? null, database)));
    }
    return { columns, rows, truncated: result.length > limit };
  });
}

/** What a query would do is read off its plan, which no spelling can disguise. */
async function refuseWrites(database: Database, query: string): Promise<void> {
  const plan = await inTransaction(database, async (transaction) => {
    const result = await transaction.executeCypher(`EXPLAIN ${query}`);
    return result.toArray().map((row) => toText(row['plan'] ?? '', database));
  });
  const refused = REFUSED.exec(plan.join('\n'));
  if (refused === null) return;
  throw new Error(`The query may only read the graph: no ${refused[0].trim()}. Use MATCH … RETURN ….`);
}

/** A transaction that is always rolled back. */
async function inTransaction<T>(database: Database, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const transaction = database.beginTransaction();
  try {
    return await work(transaction);
  } finally {
    transaction.rollback();
  }
}

function toCell(value: GrafeoValue, database: Database): Cell {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return truncate(toText(value, database), CELL_CHARACTERS);
}

/** Nodes, edges, lists and maps as a person writes them. */
function toText(value: GrafeoValue, database: Database): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map((item) => toText(item, database)).join(', ')}]`;
  if (value instanceof Date) return value.toISOString();
  if (value === null || typeof value !== 'object') return String(value);
  const record = value as Record<string, GrafeoValue>;
  const members = Object.entries(record)
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, member]) => `${name}: ${toText(member, database)}`)
    .join(', ');
  if (Array.isArray(record['_labels'])) return `(:${(record['_labels'] as string[]).join(':')} {${members}})`;
  if (typeof record['_type'] === 'string') {
    const end = (id: GrafeoValue | undefined): string =>
      toText((database.getNode(Number(id))?.get('name') ?? '') as GrafeoValue, database);
    return `(${end(record['_source'])})-[:${record['_type']}${members && ` {${members}}`}]->(${end(record['_target'])})`;
  }
  return `{${members}}`;
}
