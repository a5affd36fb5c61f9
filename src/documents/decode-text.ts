import { isUtf8 } from 'node:buffer';
import { detect } from 'chardet';

/** Bytes by which an encoding is guessed. */
const SAMPLE = 64 * 1024;

/** A text's characters: by its byte order mark, as UTF-8 if it is that, by `label`, or by what its bytes look like. */
export function decodeText(bytes: Uint8Array, label?: string): string {
  const encoding = encodingOf(bytes) ?? label ?? detect(bytes.subarray(0, SAMPLE)) ?? FALLBACK;
  return (decoderOf(encoding) ?? new TextDecoder(FALLBACK)).decode(bytes);
}

/** Every byte has a meaning in it. */
const FALLBACK = 'windows-1252';

function encodingOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return isUtf8(bytes) ? 'utf-8' : undefined;
}

/** `undefined` for an encoding that nobody knows. */
function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

/**
 * Whether a file is text, by its beginning: no binary format gets along without bytes that no text holds.
 *
 * @param whole false when more follows, and the last character may be cut in two
 */
export function looksLikeText(head: Uint8Array, { whole }: { whole: boolean }): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return isUtf16(head);
  if (head.includes(0)) return false;
  return isUtf8(whole ? head : withoutCutCharacter(head)) || !head.some((byte) => byte < 0x20 && !SPACES.has(byte));
}

/** Tab, line feed, vertical tab, form feed, carriage return, and the escape of terminals. */
const SPACES = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b]);

function isUtf16(head: Uint8Array): boolean {
  const text = new TextDecoder(head[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(head.subarray(0, 4_096));
  return !/[\0-\x08\ufffe\uffff]/.test(text);
}

function withoutCutCharacter(head: Uint8Array): Uint8Array {
  let end = head.length;
  // Continuation bytes, then the byte that leads them.
  while (end > 0 && head.length - end < 3 && (head[end - 1]! & 0xc0) === 0x80) end -= 1;
  return end > 0 && head[end - 1]! >= 0xc0 ? head.subarray(0, end - 1) : head;
}
