/**
 * Unbalanced Tree Search (Olivier et al., "UTS: An Unbalanced Tree Search Benchmark", LCPC 2006): trees whose shape is known only by
 * walking them, the same on every machine.
 */

export interface Tree {
  seed: number;
  /** @param unit of the node, from 0 to 1 */
  children(unit: number, depth: number): number;
  /** What a walk must find. */
  nodes: number;
  depth: number;
}

const T1_BRANCHING = 4;
const T1_DEPTH = 10;
const T1_LOG = Math.log(1 - 1 / (1 + T1_BRANCHING));
const MOST_CHILDREN = 100;

export const TREES: Record<'T1' | 'T3', Tree> = {
  /** Geometric, of a fixed shape. */
  T1: {
    seed: 19,
    children: (unit, depth) =>
      depth >= T1_DEPTH ? 0 : Math.min(MOST_CHILDREN, Math.floor(Math.log(1 - unit) / T1_LOG)),
    nodes: 4_130_071,
    depth: 10,
  },
  /** Binomial: thin, deep, and as unbalanced as can be. */
  T3: {
    seed: 42,
    children: (unit, depth) => (depth === 0 ? 2_000 : unit < 0.124875 ? 8 : 0),
    nodes: 4_112_897,
    depth: 1_572,
  },
};

/** Words of a node: its state, a SHA-1, and its depth. */
export const NODE_WORDS = 6;

/** What a walk has found. */
export interface Found {
  nodes: number;
  leaves: number;
  depth: number;
}

/** Nodes that are still to be walked, deepest last. */
export class Walk implements Found {
  nodes = 0;
  leaves = 0;
  depth = 0;
  readonly #tree: Tree;
  #stack: Int32Array<ArrayBuffer> = new Int32Array(128 * NODE_WORDS);
  #first = 0;
  #end = 0;

  constructor(tree: Tree, nodes: Int32Array) {
    this.#tree = tree;
    this.#reserve(nodes.length);
    this.#stack.set(nodes);
    this.#end = nodes.length;
  }

  static root({ seed }: Tree): Int32Array<ArrayBuffer> {
    const root = new Int32Array(NODE_WORDS);
    block.fill(0);
    block[4] = seed;
    block[5] = 0x8000_0000 | 0;
    block[15] = 20 * 8;
    sha1(root, 0);
    return root;
  }

  /** Walks so many nodes more, if there are. @returns whether some are left */
  go(most: number): boolean {
    const tree = this.#tree;
    for (let walked = 0; walked < most && this.#end > this.#first; walked += 1) {
      const at = (this.#end -= NODE_WORDS);
      const stack = this.#stack;
      const depth = stack[at + 5]!;
      const unit = (stack[at + 4]! & 0x7fff_ffff) / 2 ** 31;
      const children = tree.children(unit, depth);
      this.nodes += 1;
      if (depth > this.depth) this.depth = depth;
      if (children === 0) this.leaves += 1;
      else this.#pushChildren(at, children, depth + 1);
    }
    return this.#end > this.#first;
  }

  /** Gives away every second one of the oldest nodes, those nearest to the root, so that both have much left. @returns undefined when there is too little */
  share(most: number): Int32Array<ArrayBuffer> | undefined {
    const count = Math.min(most, Math.floor((this.#end - this.#first) / NODE_WORDS / 2));
    if (count === 0) return undefined;
    const stack = this.#stack;
    const shared = new Int32Array(count * NODE_WORDS);
    // From the youngest of them on, so that those that stay can be moved up to it.
    for (let pair = count - 1; pair >= 0; pair -= 1) {
      const at = this.#first + 2 * pair * NODE_WORDS;
      shared.set(stack.subarray(at, at + NODE_WORDS), pair * NODE_WORDS);
      stack.copyWithin(this.#first + (count + pair) * NODE_WORDS, at + NODE_WORDS, at + 2 * NODE_WORDS);
    }
    this.#first += count * NODE_WORDS;
    return shared;
  }

  #pushChildren(parent: number, children: number, depth: number): void {
    // The parent's place is its first child's, in a stack that may become another.
    const old = this.#stack;
    const [a, b, c, d, e] = [old[parent]!, old[parent + 1]!, old[parent + 2]!, old[parent + 3]!, old[parent + 4]!];
    this.#reserve(children * NODE_WORDS);
    const stack = this.#stack;
    for (let child = 0, at = this.#end; child < children; child += 1, at += NODE_WORDS) {
      block[0] = a;
      block[1] = b;
      block[2] = c;
      block[3] = d;
      block[4] = e;
      block[5] = child;
      block[6] = 0x8000_0000 | 0;
      block.fill(0, 7, 15);
      block[15] = 24 * 8;
      sha1(stack, at);
      stack[at + 5] = depth;
    }
    this.#end += children * NODE_WORDS;
  }

  #reserve(words: number): void {
    if (this.#end + words <= this.#stack.length) return;
    const nodes = this.#stack.subarray(this.#first, this.#end);
    const larger = new Int32Array(Math.max(2 * nodes.length, nodes.length + words, this.#stack.length));
    larger.set(nodes);
    this.#stack = larger;
    this.#end -= this.#first;
    this.#first = 0;
  }
}

/** One message block, and its schedule. */
const block = new Int32Array(80);

/**
 * SHA-1 of the message that lies in the first sixteen words of `block`, padded: it is one block, and a call of `node:crypto` for each
 * would take longer than the hash.
 */
function sha1(into: Int32Array, at: number): void {
  const w = block;
  for (let t = 16; t < 80; t += 1) {
    const x = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!;
    w[t] = (x << 1) | (x >>> 31);
  }
  let a = 0x6745_2301;
  let b = 0xefcd_ab89 | 0;
  let c = 0x98ba_dcfe | 0;
  let d = 0x1032_5476;
  let e = 0xc3d2_e1f0 | 0;
  for (let t = 0; t < 20; t += 1) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + 0x5a82_7999 + w[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 20; t < 40; t += 1) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9_eba1 + w[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 40; t < 60; t += 1) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + 0x8f1b_bcdc + w[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 60; t < 80; t += 1) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62_c1d6 + w[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  into[at] = (a + 0x6745_2301) | 0;
  into[at + 1] = (b + 0xefcd_ab89) | 0;
  into[at + 2] = (c + 0x98ba_dcfe) | 0;
  into[at + 3] = (d + 0x1032_5476) | 0;
  into[at + 4] = (e + 0xc3d2_e1f0) | 0;
}

/** @throws {Error} unless a walk found what it must */
export function checkFound(name: keyof typeof TREES, { nodes, depth }: Found): void {
  const tree = TREES[name];
  if (nodes === tree.nodes && depth === tree.depth) return;
  throw new Error(`${name}: ${nodes} nodes, depth ${depth}, instead of ${tree.nodes} and ${tree.depth}.`);
}
