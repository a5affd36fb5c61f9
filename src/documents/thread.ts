/** What a thread does with one document's bytes, which nobody has looked at before. See converter.ts. */
import { threadId } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { unpack } from './archives/unpack.ts';
import { convert } from './convert/index.ts';
import { DocumentError, memoryProblem } from './errors.ts';
import type { DocumentProblem } from './errors.ts';
import { recognise } from './kinds.ts';
import type { Hint } from './kinds.ts';
import type { DocumentLimits } from './limits.ts';

export interface ThreadTask {
  bytes: Uint8Array<ArrayBuffer>;
  hint: Hint;
  /** Whether an archive's members are wanted, one by one, over the port. */
  unpack: boolean;
  limits: DocumentLimits;
  port: MessagePort;
}

/** What a thread says while it works: that it begins, and a member of an archive, which it waits to be rid of. */
export type ThreadMessage =
  | { kind: 'begun'; thread: number }
  | { kind: 'member'; name: string; mediaType: string; bytes: Uint8Array<ArrayBuffer> };

/** What a document turned out to be. */
export type Converted =
  | { kind: 'text'; text: string }
  | { kind: 'image'; mediaType: string }
  | { kind: 'archive'; leftOut: LeftOut[] }
  | { kind: 'problem'; problem: DocumentProblem; predicate: string };

/** What an archive holds beside its documents, and why that is none. */
export interface LeftOut {
  name: string;
  why: string;
}

// Libraries that grumble about a document would do it on the worker's own stderr.
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) console[method] = () => undefined;

export default async function read({ bytes, hint, unpack: wanted, limits, port }: ThreadTask): Promise<Converted> {
  port.postMessage({ kind: 'begun', thread: threadId } satisfies ThreadMessage);
  try {
    const recognised = await recognise(bytes, hint);
    if (recognised.kind === undefined) {
      throw new DocumentError('unreadable', `is of no kind that can be read (${recognised.found})`);
    }
    const { kind, mediaType } = recognised;
    if (kind === 'image') return { kind, mediaType };
    if (kind === 'zip' || kind === 'tar' || kind === 'gzip') {
      return { kind: 'archive', leftOut: wanted ? await sendMembers(bytes, kind, hint.name, limits, port) : [] };
    }
    return { kind: 'text', text: await convert(bytes, kind, limits) };
  } catch (error) {
    const { problem, predicate } = error instanceof DocumentError ? error : libraryProblem(error);
    return { kind: 'problem', problem, predicate };
  } finally {
    port.close();
  }
}

/** What a library threw at bytes that it does not understand. */
function libraryProblem(error: unknown): DocumentError {
  const why = error instanceof Error ? error.message : String(error);
  if (/allocation failed/i.test(why)) return memoryProblem();
  return new DocumentError('broken', `cannot be read, it may be broken (${why})`);
}

/** Bytes of members that may be on their way at once. */
const UNDER_WAY = 32 * 1024 * 1024;

async function sendMembers(
  bytes: Uint8Array,
  kind: 'zip' | 'tar' | 'gzip',
  name: string,
  limits: DocumentLimits,
  port: MessagePort,
): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  let underWay = 0;
  let wake = (): void => undefined;
  // Each answer says how many bytes have arrived where they are kept.
  port.on('message', (arrived: number) => {
    underWay -= arrived;
    wake();
  });
  for await (const item of unpack(bytes, kind, name, limits)) {
    if (item.kind === 'left-out') {
      leftOut.push({ name: item.name, why: item.why });
      continue;
    }
    const own = item.bytes.byteLength === item.bytes.buffer.byteLength ? item.bytes : item.bytes.slice();
    const size = own.byteLength;
    while (underWay > 0 && underWay + size > UNDER_WAY) await new Promise<void>((resolve) => (wake = resolve));
    underWay += size;
    const { mediaType } = item;
    port.postMessage({ kind: 'member', name: item.name, mediaType, bytes: own } satisfies ThreadMessage, [own.buffer]);
  }
  while (underWay > 0) await new Promise<void>((resolve) => (wake = resolve));
  return leftOut;
}
