import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { merkleProofs, merkleRoot, verifyInclusion } from './merkle.js';

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leaves = (count: number) =>
  Array.from({ length: count }, (_, index) => sha256(Buffer.from(`leaf ${String(index)}`)).toString('hex'));

/** RFC 6962 section 2.1 read literally: MTH of the list, split at the largest power of two below its length. */
function treeHash(list: Buffer[]): Buffer {
  const [only] = list;
  if (list.length === 1 && only !== undefined) return sha256(Buffer.from([0]), only);
  let k = 1;
  while (k * 2 < list.length) k *= 2;
  return sha256(Buffer.from([1]), treeHash(list.slice(0, k)), treeHash(list.slice(k)));
}

const SIZES = Array.from({ length: 70 }, (_, index) => index + 1);

describe('Merkle trees', () => {
  it.each(SIZES)('of %i leaves have the root of RFC 6962, and every proof verifies', (size) => {
    const list = leaves(size);
    const root = merkleRoot(list);
    expect(root).toBe(treeHash(list.map((leaf) => Buffer.from(leaf, 'hex'))).toString('hex'));
    const proofs = merkleProofs(list);
    list.forEach((leaf, index) => {
      const path = proofs[index] ?? [];
      expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      expect(verifyInclusion(leaf, { index, size, path }, root)).toBe(true);
    });
  });

  it.each([2, 3, 7, 8, 33, 70])('of %i leaves verify no tampered proof', (size) => {
    const list = leaves(size);
    const root = merkleRoot(list);
    const proofs = merkleProofs(list);
    const [other] = leaves(size + 1).slice(-1);
    list.forEach((leaf, index) => {
      const path = proofs[index] ?? [];
      const proof = { index, size, path };
      const [first = '', ...rest] = path;
      const flipped = `${first.startsWith('0') ? '1' : '0'}${first.slice(1)}`;
      expect(verifyInclusion(other ?? '', proof, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, path: [flipped, ...rest] }, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, path: rest }, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, path: [...path, first] }, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, path: [first.slice(2), ...rest] }, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, index: (index + 1) % size }, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, index: -1 }, root)).toBe(false);
      expect(verifyInclusion(leaf, { ...proof, index: size }, root)).toBe(false);
      expect(verifyInclusion(leaf, proof, merkleRoot([...list].reverse()))).toBe(false);
    });
  });

  it('take no inner node for a leaf', () => {
    const [one = '', two = ''] = leaves(2);
    const inner = sha256(Buffer.from(one, 'hex'), Buffer.from(two, 'hex')).toString('hex');
    expect(merkleRoot([inner])).not.toBe(merkleRoot([one, two]));
  });

  it('need a leaf', () => {
    expect(() => merkleRoot([])).toThrow(RangeError);
    expect(merkleProofs([])).toEqual([]);
  });
});
