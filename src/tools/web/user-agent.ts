import { VERSION } from '../../config/paths.ts';

/**
 * Names the program and, where it is set, how to reach whoever runs it, as Wikimedia's policy asks of automatic clients
 * (https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy).
 */
export function userAgent(contact: string | undefined): string {
  return `kgot-temporal/${VERSION}${contact === undefined ? '' : ` (${contact})`} undici`;
}
