import { gunzipSync } from 'node:zlib';
import { DocumentError } from '../errors.ts';
import { isArchive, recognise } from '../kinds.ts';
import type { DocumentKind } from '../kinds.ts';
import { megabytes } from '../limits.ts';
import type { DocumentLimits } from '../limits.ts';
import type { ArchiveMember } from './member.ts';
import { tarMembers } from './tar.ts';
import { uniqueNames } from './unique-names.ts';
import { zipMembers } from './zip.ts';

/** What an archive holds: documents, and what cannot be read as one. Names are relative to the archive. */
export type Unpacked =
  | { kind: 'document'; name: string; mediaType: string; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'left-out'; name: string; why: string };

/**
 * Unpacks an archive and the archives inside of it, one member at a time, in memory: nothing is written anywhere, so
 * that a name is only a name.
 *
 * @param name the archive's, by which a gzipped file that is no archive gets its own
 * @throws {DocumentError} when the archive is broken, encrypted, or a bomb
 */
export async function* unpack(
  bytes: Uint8Array,
  kind: DocumentKind,
  name: string,
  limits: DocumentLimits,
): AsyncIterable<Unpacked> {
  const allowance = new Allowance(bytes.length, limits);
  const nameOf = uniqueNames(limits.nameCharacters);
  for await (const item of unpackLevel(bytes, kind, { name, prefix: '', depth: 1, allowance })) {
    yield { ...item, name: nameOf(item.name) };
  }
}

interface Level {
  /** The archive's own name, and that of its members' folder. */
  name: string;
  prefix: string;
  depth: number;
  allowance: Allowance;
}

async function* unpackLevel(bytes: Uint8Array, kind: DocumentKind, level: Level): AsyncIterable<Unpacked> {
  const { prefix, depth, allowance } = level;
  let found = 0;
  let encrypted = 0;
  for await (const member of membersOf(bytes, kind, level)) {
    if (isHidden(member.name)) continue;
    allowance.addMember();
    found += 1;
    const name = prefix + member.name;
    if (member.encrypted) encrypted += 1;
    const content = await readMember(member, allowance);
    if (typeof content === 'string') {
      yield { kind: 'left-out', name, why: content };
      continue;
    }
    const recognised = await recognise(content, { name: member.name });
    if (recognised.kind === undefined) {
      yield { kind: 'left-out', name, why: `is of no kind that can be read (${recognised.found})` };
    } else if (isArchive(recognised.kind)) {
      allowance.checkDepth(depth + 1);
      const inner = { allowance, name, prefix: `${name}/`, depth: depth + 1 };
      yield* orLeftOut(name, unpackLevel(content, recognised.kind, inner));
    } else yield { kind: 'document', name, mediaType: recognised.mediaType, bytes: content };
  }
  if (found > 0 && found === encrypted) {
    throw new DocumentError('password', 'is password-protected: pack it without a password');
  }
}

/** A member's content, or why it is left out; what would be too much for the whole archive ends it. */
async function readMember(member: ArchiveMember, allowance: Allowance): Promise<Uint8Array<ArrayBuffer> | string> {
  if (member.encrypted) return 'is encrypted';
  if (member.bytes === 0) return 'is empty';
  try {
    const content = await member.read(allowance.memberBytes(member.bytes));
    allowance.addBytes(content.length);
    return content;
  } catch (error) {
    if (error instanceof DocumentError && error.problem !== 'bomb') return error.predicate;
    throw error;
  }
}

/** An archive inside of another that is broken costs only itself. */
async function* orLeftOut(name: string, items: AsyncIterable<Unpacked>): AsyncIterable<Unpacked> {
  try {
    yield* items;
  } catch (error) {
    if (!(error instanceof DocumentError) || error.problem === 'bomb') throw error;
    yield { kind: 'left-out', name, why: error.predicate };
  }
}

function membersOf(bytes: Uint8Array, kind: DocumentKind, level: Level): AsyncIterable<ArchiveMember> {
  if (kind === 'zip') return zipMembers(bytes);
  return kind === 'tar' ? tarMembers(bytes) : gzipMembers(bytes, level);
}

/** A gzipped tar archive's members, or the one file that was gzipped. */
async function* gzipMembers(bytes: Uint8Array, { name, allowance }: Level): AsyncIterable<ArchiveMember> {
  const content = gunzip(bytes, allowance);
  const own = name.replace(/^.*\//, '').replace(/\.gz$/i, '') || 'content';
  if ((await recognise(content, { name: own })).kind === 'tar') {
    yield* tarMembers(content);
    return;
  }
  yield {
    name: own,
    bytes: content.length,
    encrypted: false,
    read: (most) =>
      content.length > most
        ? Promise.reject(new DocumentError('too-large', `holds more than ${megabytes(most)} when it is unpacked`))
        : Promise.resolve(content),
  };
}

function gunzip(bytes: Uint8Array, allowance: Allowance): Uint8Array<ArrayBuffer> {
  const most = allowance.leftBytes;
  try {
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes, { maxOutputLength: most });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw allowance.bomb();
    const why = error instanceof Error ? error.message : String(error);
    throw new DocumentError('broken', `is broken or was cut off (${why}): save or send it again`);
  }
}

/** Hidden files and folders, and what macOS adds. */
function isHidden(name: string): boolean {
  return name.split('/').some((part) => (part.startsWith('.') && !/^\.{1,2}$/.test(part)) || part === '__MACOSX');
}

/** What an archive may still come to. */
class Allowance {
  readonly #limits: DocumentLimits;
  readonly #most: number;
  #bytes = 0;
  #members = 0;

  constructor(packedBytes: number, limits: DocumentLimits) {
    this.#limits = limits;
    this.#most = Math.min(limits.unpackedBytes, Math.max(limits.ratioFromBytes, packedBytes * limits.ratio));
  }

  get leftBytes(): number {
    return this.#most - this.#bytes;
  }

  /** Bytes that a member of so many may have. */
  memberBytes(claimed: number): number {
    if (claimed > this.leftBytes) throw this.bomb();
    return Math.min(this.leftBytes, this.#limits.fileBytes);
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.leftBytes < 0) throw this.bomb();
  }

  addMember(): void {
    this.#members += 1;
    if (this.#members <= this.#limits.members) return;
    throw new DocumentError('bomb', `holds more than ${this.#limits.members} files: give a part of it`);
  }

  checkDepth(depth: number): void {
    if (depth <= this.#limits.depth) return;
    throw new DocumentError(
      'bomb',
      `holds archives in archives, more than ${this.#limits.depth} deep: unpack it yourself and give what you need`,
    );
  }

  bomb(): DocumentError {
    const { unpackedBytes, ratio } = this.#limits;
    return new DocumentError(
      'bomb',
      this.#most === unpackedBytes
        ? `holds more than ${megabytes(unpackedBytes)} when it is unpacked: give a part of it`
        : `would unpack to more than ${ratio} times its size, as archives do that are made to fill a disk: it is refused`,
    );
  }
}
