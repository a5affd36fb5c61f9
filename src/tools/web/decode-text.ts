import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import sniffEncoding from 'html-encoding-sniffer';

/** `text/html` of `Text/HTML; charset=…`, and the charset; empty where they are missing or unreadable. */
export function parseContentType(header: string): { type: string; charset: string } {
  try {
    const { essence, params } = new MIMEType(header);
    return { type: essence, charset: params.get('charset') ?? '' };
  } catch {
    return { type: '', charset: '' };
  }
}

/**
 * Decodes text as a browser would: by its byte order mark, then the charset of its header, then what stands in its first
 * kilobyte (`<meta charset>`). Bytes that fit no letter become `�`.
 */
export function decodeText(bytes: Uint8Array, charset: string, { html }: { html: boolean }): string {
  const encoding = sniffEncoding(html ? bytes : bytes.subarray(0, 3), {
    ...(charset === '' ? {} : { transportLayerEncodingLabel: charset }),
    // Text that says nothing is UTF-8 today, and where it is not, it is seen at once.
    defaultEncoding: isUtf8(bytes) ? 'UTF-8' : 'windows-1252',
  });
  return decoderOf(encoding).decode(bytes);
}

function decoderOf(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding);
  } catch {
    return new TextDecoder('utf-8');
  }
}
