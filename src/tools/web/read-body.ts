import { ToolError } from '../tool-error.ts';

/** The part of a response that is read; undici gives the content as it is after decompression. */
export interface ReadableResponse {
  headers: { get(name: string): string | null };
  body: (AsyncIterable<Uint8Array> & { cancel?(): Promise<void> }) | null;
}

/**
 * Reads a response's content piece by piece, and no further than `limit` bytes: they are counted after decompression.
 *
 * @throws {ToolError} for one that is larger, or says so
 */
export async function readBody(response: ReadableResponse, limit: number, who: string): Promise<Buffer> {
  const tooLarge = (): ToolError => {
    const megabytes = Math.round(limit / 1_000_000);
    return new ToolError(`${who} is larger than ${megabytes} MB, the most that is read.`, { type: 'TooLarge' });
  };
  if (Number(response.headers.get('content-length')) > limit) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > limit) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}
