import { zipSync } from 'fflate';
import { DocumentError } from '../errors.ts';
import { zipMembers } from './zip.ts';

/**
 * The XML of an Office file as a ZIP archive without any compression: what unpacks it further on cannot be surprised by
 * what it holds.
 *
 * @param most bytes of all the XML
 * @throws {DocumentError} when the archive is broken, encrypted, or holds more
 */
export async function plainZip(bytes: Uint8Array, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const files = Object.create(null) as Record<string, [Uint8Array, { level: 0 }]>;
  let left = most;
  for await (const member of zipMembers(bytes)) {
    if (!isXml(member.name)) continue;
    if (member.encrypted) throw new DocumentError('password', 'is password-protected: save it without a password');
    const content = await member.read(left);
    left -= content.length;
    files[member.name] = [content, { level: 0 }];
  }
  return zipSync(files);
}

export function isXml(name: string): boolean {
  return /\.(?:xml|rels)$/i.test(name);
}
