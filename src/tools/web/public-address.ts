import ipaddr from 'ipaddr.js';

/** The part of IPv6 that is given out to networks: translated, mapped, local and reserved addresses lie outside of it. */
const GIVEN_OUT = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an IP address belongs to the public internet. False for everything else: private, shared, loopback, link-local
 * (where clouds keep their metadata), multicast, reserved, and IPv6 that carries an IPv4 address (mapped, translated,
 * 6to4, Teredo), whatever that address is.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(GIVEN_OUT)) return false;
  return parsed.range() === 'unicast';
}
