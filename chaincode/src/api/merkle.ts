import { createHash } from 'node:crypto';

/**
 * Merkle trees as in RFC 6962 section 2.1 (SHA-256, leaves prefixed 0x00, inner nodes 0x01), over leaves that
 * are themselves SHA-256 hashes in hex. Trees need no padding; an audit path has at most ceil(log2 n) hashes.
 */
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

function hashLeaf(leaf: string): Buffer {
  return createHash('sha256').update(LEAF).update(Buffer.from(leaf, 'hex')).digest();
}

function hashNode(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

/** Largest power of two smaller than n (n >= 2). */
function split(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function subtree(hashes: readonly Buffer[], from: number, to: number): Buffer {
  const size = to - from;
  if (size === 1) return hashes[from] as Buffer;
  const middle = from + split(size);
  return hashNode(subtree(hashes, from, middle), subtree(hashes, middle, to));
}

/** Root over 1 or more leaves (hex), as hex. @throws RangeError for no leaves. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) throw new RangeError('a tree needs a leaf');
  return subtree(leaves.map(hashLeaf), 0, leaves.length).toString('hex');
}

/** Audit paths of all leaves at once, each from the leaf upwards, in hex. Costs O(n log n) hashes. */
export function merkleProofs(leaves: readonly string[]): string[][] {
  const hashes = leaves.map(hashLeaf);
  const paths: string[][] = leaves.map(() => []);
  const visit = (from: number, to: number): Buffer => {
    if (to - from === 1) return hashes[from] as Buffer;
    const middle = from + split(to - from);
    const left = visit(from, middle);
    const right = visit(middle, to);
    // One text for all paths that hold it: a tree of 10,000 leaves has 130,000 entries and 20,000 hashes.
    const texts = { left: left.toString('hex'), right: right.toString('hex') };
    for (let i = from; i < middle; i++) paths[i]?.push(texts.right);
    for (let i = middle; i < to; i++) paths[i]?.push(texts.left);
    return hashNode(left, right);
  };
  if (leaves.length > 0) visit(0, leaves.length);
  return paths;
}

export interface InclusionProof {
  /** Position of the leaf, from 0. */
  index: number;
  /** Leaves in the tree. */
  size: number;
  /** Sibling hashes (hex) from the leaf upwards. */
  path: string[];
}

/** Verifies an audit path as RFC 9162 section 2.1.3.2 does; false for any malformed proof. */
export function verifyInclusion(leaf: string, proof: InclusionProof, root: string): boolean {
  let index = proof.index;
  let last = proof.size - 1;
  if (index < 0 || index > last) return false;
  let hash = hashLeaf(leaf);
  for (const sibling of proof.path) {
    if (last === 0) return false;
    const other = Buffer.from(sibling, 'hex');
    if (other.length !== 32) return false;
    if (index % 2 === 1 || index === last) {
      hash = hashNode(other, hash);
      while (index % 2 === 0 && index !== 0) {
        index = Math.floor(index / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = hashNode(hash, other);
    }
    index = Math.floor(index / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash.toString('hex') === root;
}
