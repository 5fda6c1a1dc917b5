/** The few pieces of DER that are read by hand: lengths, and the three parts of a signed structure. */

export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** @throws RangeError where `bytes` holds no complete element at `offset`. */
export function readDer(bytes: Buffer, offset = 0): DerElement {
  const tag = bytes.readUInt8(offset);
  const first = bytes.readUInt8(offset + 1);
  let length = first;
  let start = offset + 2;
  if (first >= 0x80) {
    const width = first & 0x7f;
    if (width === 0 || width > 4) throw new RangeError('indefinite or oversized DER length');
    length = bytes.readUIntBE(start, width);
    start += width;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError('truncated DER element');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(offset, end) };
}

export function derChildren(sequence: DerElement): DerElement[] {
  const children: DerElement[] = [];
  let offset = 0;
  while (offset < sequence.content.length) {
    const child = readDer(sequence.content, offset);
    children.push(child);
    offset += child.whole.length;
  }
  return children;
}

export function encodeDer(tag: number, content: Uint8Array): Buffer {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const width = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4;
  const head = Buffer.alloc(2 + width);
  head[0] = tag;
  head[1] = 0x80 | width;
  head.writeUIntBE(length, 2, width);
  return Buffer.concat([head, content]);
}

/** DER INTEGER of a non-negative big-endian number. */
export function encodeDerInteger(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1;
  const digits = magnitude.subarray(start);
  const padded =
    digits.length === 0 || (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return encodeDer(0x02, padded);
}
