/**
 * The private write sets of a block, beside it in the file: length in use, then for each transaction its index,
 * length and marshalled rwset.TxPvtReadWriteSet. What is beyond the length in use is padding that an erasure left.
 */
export type PrivateSets = ReadonlyMap<number, Uint8Array>;

export function encodePrivatePart(sets: PrivateSets, paddedTo = 0): Buffer {
  if (sets.size === 0 && paddedTo === 0) return Buffer.alloc(0);
  const used = 4 + [...sets.values()].reduce((sum, bytes) => sum + 8 + bytes.length, 0);
  const part = Buffer.alloc(Math.max(used, paddedTo));
  part.writeUInt32BE(used, 0);
  let offset = 4;
  for (const [index, bytes] of sets) {
    part.writeUInt32BE(index, offset);
    part.writeUInt32BE(bytes.length, offset + 4);
    part.set(bytes, offset + 8);
    offset += 8 + bytes.length;
  }
  return part;
}

export function decodePrivatePart(part: Buffer): Map<number, Uint8Array> {
  const sets = new Map<number, Uint8Array>();
  if (part.length === 0) return sets;
  const used = part.readUInt32BE(0);
  let offset = 4;
  while (offset < used) {
    const length = part.readUInt32BE(offset + 4);
    sets.set(part.readUInt32BE(offset), Uint8Array.from(part.subarray(offset + 8, offset + 8 + length)));
    offset += 8 + length;
  }
  return sets;
}
