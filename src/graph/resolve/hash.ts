/** FNV-1a over UTF-16 units, or some of them, 32 bits, in the numbers that `Math.imul` makes. */
export function hashOf(text: string, seed: number, from = 0, to = text.length): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = from; index < to; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/** A hash of two hashes, the finalizer of MurmurHash3. */
export function mixed(one: number, other: number): number {
  let hash = Math.imul(one, 0x9e3779b1) ^ other;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
