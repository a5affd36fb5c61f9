import { StringDecoder } from 'node:string_decoder';
import { GraphUnavailable, QueryError } from '../graph-store.ts';
import type { QueryLimits } from '../graph-store.ts';
import { TABS } from './repository.ts';
import { RepositoryMissing, RequestRefused } from './server.ts';
import type { Rdf4jConnection } from './server.ts';
import { parseLine } from './terms.ts';
import type { Term } from './terms.ts';

export interface TermRows {
  columns: string[];
  rows: (Term | undefined)[][];
  truncated: boolean;
}

/** Characters of one row: it is in memory as a whole. */
const ROW_CHARACTERS = 32 * 1024 * 1024;

/**
 * Runs a checked query on the query endpoint of a repository or of a transaction, which takes no updates. Rows are read as
 * they come, to the limit; the server ends the query itself in the second after its time.
 *
 * @param path of the endpoint, below the server's address
 * @throws {QueryError | GraphUnavailable | RepositoryMissing}
 */
export async function askRepository(
  connection: Rdf4jConnection,
  path: string,
  query: string,
  { rows: limit, milliseconds }: QueryLimits,
): Promise<TermRows> {
  const signal = AbortSignal.timeout(milliseconds);
  try {
    const response = await connection.open({
      method: 'POST',
      path: `${path}${path.includes('?') ? '&' : '?'}timeout=${Math.ceil(milliseconds / 1_000)}`,
      body: query,
      type: 'application/sparql-query',
      accept: `${TABS}, text/boolean`,
      signal,
    });
    // Ends the request, and so the query, when enough has been read.
    response.body.once('error', () => undefined);
    try {
      if (response.headers['content-type']?.includes('boolean')) {
        const answer = (await response.body.text()).trim() === 'true';
        return { columns: ['answer'], rows: [[truth(answer)]], truncated: false };
      }
      return await readRows(response.body, limit);
    } finally {
      response.body.destroy();
    }
  } catch (error) {
    if (error instanceof QueryError || error instanceof RepositoryMissing) throw error;
    if (signal.aborted || isTimeout(error)) {
      throw new QueryError(
        `The query took longer than ${milliseconds / 1_000} seconds: match less, or bound the path length.`,
      );
    }
    throw error instanceof RequestRefused ? new QueryError(reasonOf(error)) : connection.asUnavailable(error);
  }
}

function truth(answer: boolean): Term {
  return { kind: 'literal', value: String(answer), datatype: 'http://www.w3.org/2001/XMLSchema#boolean' };
}

async function readRows(body: AsyncIterable<Buffer>, limit: number): Promise<TermRows> {
  let columns: string[] | undefined;
  const rows: TermRows['rows'] = [];
  for await (const line of linesOf(body)) {
    if (columns === undefined)
      columns = line
        .split('\t')
        .filter(Boolean)
        .map((name) => name.slice(1));
    else if (rows.length === limit) return { columns, rows, truncated: true };
    else rows.push(columns.length === 0 ? [] : parseLine(line));
  }
  return { columns: columns ?? [], rows, truncated: false };
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop()!;
    if (rest.length > ROW_CHARACTERS) throw new QueryError('A row takes too much memory: return less text.');
    yield* parts;
  }
  if (rest !== '') yield rest;
}

function isTimeout(error: unknown): boolean {
  return error instanceof GraphUnavailable
    ? isTimeout(error.cause)
    : error instanceof RequestRefused && /took too long|timed? ?out/i.test(error.message);
}

/** The server's words, without the names of its classes. */
function reasonOf({ message }: RequestRefused): string {
  if (/OutOfMemory|heap space/i.test(message))
    return 'The query took too much memory: match less, or return fewer rows.';
  const reason = message.replace(/\b(?:[a-z]\w*\.){2,}(\w+)/g, '$1').trim();
  return `The query cannot be answered: ${reason}`;
}
