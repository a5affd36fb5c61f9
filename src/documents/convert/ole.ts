import { DocumentError } from '../errors.ts';

/** Names of streams, as such files write them. */
const STREAMS: readonly [stream: string, what: string, instead: string][] = [
  ['WordDocument', 'a Word document of the old format (.doc)', '.docx'],
  ['Workbook', 'an Excel workbook of the old format (.xls)', '.xlsx'],
  ['PowerPoint Document', 'a PowerPoint presentation of the old format (.ppt)', '.pptx'],
];

/** Says what a container of the old Office formats is: encrypted files of the new ones are stored in one too. */
export function oleProblem(bytes: Uint8Array): DocumentError {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const holds = (stream: string): boolean => content.includes(Buffer.from(stream, 'utf16le'));
  if (holds('EncryptedPackage')) {
    return new DocumentError('password', 'is password-protected: save it without a password');
  }
  const [, what, instead] = STREAMS.find(([stream]) => holds(stream)) ?? [];
  return new DocumentError(
    'unreadable',
    what === undefined
      ? 'is a file of an old Office format that cannot be read: save it as .docx, .xlsx, .pptx or .pdf'
      : `is ${what}: save it as ${instead}`,
  );
}
