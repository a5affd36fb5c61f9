import { LIMITS } from '../domain/limits.ts';

/** Sizes that keep the reading of documents bounded, whatever is in them. */
export interface DocumentLimits {
  /** One file as it is given, or one member of an archive. Bytes. */
  readonly fileBytes: number;
  /** All documents of a run, as they are given. Bytes. */
  readonly allBytes: number;
  /** What one archive may hold when it is unpacked, with the archives inside of it. Bytes. */
  readonly unpackedBytes: number;
  /** Unpacked bytes a packed one. Counts from {@link ratioFromBytes} on: small files of zeros are no bomb. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  /** Members of one archive, with those of the archives inside of it. */
  readonly members: number;
  /** Archives inside of archives: 1 is an archive that holds none. */
  readonly depth: number;
  /** The text of one document. Characters. */
  readonly textCharacters: number;
  /** An image, as a model is shown it. Bytes. */
  readonly imageBytes: number;
  /** One name of a member. Characters. */
  readonly nameCharacters: number;
}

const MEBIBYTE = 1024 * 1024;

export const DOCUMENT_LIMITS: DocumentLimits = {
  fileBytes: 100 * MEBIBYTE,
  allBytes: 500 * MEBIBYTE,
  unpackedBytes: 500 * MEBIBYTE,
  ratio: 200,
  ratioFromBytes: 20 * MEBIBYTE,
  members: LIMITS.documents,
  depth: 3,
  textCharacters: 40_000_000,
  imageBytes: 20 * MEBIBYTE,
  nameCharacters: 200,
};

/** `100 MB`, as a person reads it. */
export function megabytes(bytes: number): string {
  return `${Math.ceil((bytes / MEBIBYTE) * 10) / 10} MB`;
}
