/**
 * Where a run's batches, call records and documents lie: the same store for all workers that may work on a run.
 * Names are relative, slash-separated, and never leave the store.
 */
export interface ArtifactStore {
  /**
   * Creates `name` with `content`, whole and synced to disk, only if it does not exist.
   * @returns false when it exists already; its content is then untouched
   * @throws {StoreUnwritableError} when the store takes no more; nothing is left of the attempt
   */
  create(name: string, content: Uint8Array | string): Promise<boolean>;
  /** @returns undefined when there is no such artifact */
  read(name: string): Promise<Buffer | undefined>;
  /** Removes an artifact; one that does not exist is none already. */
  remove(name: string): Promise<void>;
  /** Full names below the folder `prefix`, sorted. */
  list(prefix: string): Promise<string[]>;
  /** Bytes of what lies below the folder `prefix`; 0 where there is no such folder. */
  bytesBelow(prefix: string): Promise<number>;
  /** Stores content under its hash. @returns the hex SHA-256 */
  putContent(content: Uint8Array | string): Promise<string>;
  /** Stores content that comes in parts, of which few are in memory at once. @returns its hash, and how many bytes came */
  putStream(parts: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }>;
  /** @throws {ArtifactMissingError} when nothing with that hash was stored */
  getContent(sha256: string): Promise<Buffer>;
  /** Size of content in bytes, without reading it. @throws {ArtifactMissingError} */
  sizeOfContent(sha256: string): Promise<number>;
}

/** Thrown when a store takes no more, as on a full disk: the same call succeeds once it does again. */
export class StoreUnwritableError extends Error {
  override readonly name = 'StoreUnwritableError';
  constructor({ where, cause }: { where: string; cause: NodeJS.ErrnoException }) {
    const full = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
    super(
      `${where} takes no more (${cause.message}): ${full ? 'make room on its disk' : 'make it writable again'}, and the run goes on.`,
      { cause },
    );
  }
}

/** Thrown when a content hash is not in the store: the worker probably looks at another store than the starter's. */
export class ArtifactMissingError extends Error {
  override readonly name = 'ArtifactMissingError';
  readonly sha256: string;
  constructor({ sha256, where }: { sha256: string; where: string }) {
    super(
      `No artifact with SHA-256 ${sha256} in ${where}. Starter and workers must use the same store: check KGOT_DATA or --data.`,
    );
    this.sha256 = sha256;
  }
}
