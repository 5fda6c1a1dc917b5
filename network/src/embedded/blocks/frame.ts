import { crc32 } from 'node:zlib';

/**
 * One record of a block file, all numbers big-endian:
 * magic · length of block · length of private part · CRC-32 of each · CRC-32 of this head · block · private part.
 */
const MAGIC = 0x4d424c4b;
export const FRAME_MAGIC = Buffer.from('MBLK');
export const FRAME_HEAD_BYTES = 24;

export interface FrameHead {
  readonly blockLength: number;
  readonly privateLength: number;
  readonly blockChecksum: number;
  readonly privateChecksum: number;
}

export function encodeFrameHead(block: Uint8Array, privatePart: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(MAGIC, 0);
  head.writeUInt32BE(block.length, 4);
  head.writeUInt32BE(privatePart.length, 8);
  head.writeUInt32BE(crc32(block), 12);
  head.writeUInt32BE(crc32(privatePart), 16);
  head.writeUInt32BE(crc32(head.subarray(0, 20)), 20);
  return head;
}

/** @returns undefined for bytes that are no whole, undamaged head. */
export function decodeFrameHead(bytes: Buffer): FrameHead | undefined {
  if (bytes.length < FRAME_HEAD_BYTES || bytes.readUInt32BE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32BE(20) !== crc32(bytes.subarray(0, 20))) return undefined;
  return {
    blockLength: bytes.readUInt32BE(4),
    privateLength: bytes.readUInt32BE(8),
    blockChecksum: bytes.readUInt32BE(12),
    privateChecksum: bytes.readUInt32BE(16),
  };
}

/** True where the block fits the head's checksum. */
export function fitsBlock(head: FrameHead, block: Uint8Array): boolean {
  return crc32(block) === head.blockChecksum;
}

/** True where the private part fits the head's checksum. */
export function fitsPrivatePart(head: FrameHead, privatePart: Uint8Array): boolean {
  return crc32(privatePart) === head.privateChecksum;
}
