import { join } from 'node:path';
import { readUpTo, type Disk } from './disk.js';
import { decodeFrameHead, fitsBlock, fitsPrivatePart, FRAME_HEAD_BYTES, FRAME_MAGIC } from './frame.js';

/** Where a block lies. */
export interface BlockLocation {
  readonly file: number;
  readonly offset: number;
  readonly blockLength: number;
  readonly privateLength: number;
}
export interface StoredBlock {
  readonly location: BlockLocation;
  readonly block: Buffer;
  readonly privatePart: Buffer;
}
/** A place where the files do not hold what they should. */
export interface Damage {
  readonly file: number;
  readonly offset: number;
  readonly what: string;
  /** Nothing follows: a write that a crash cut off looks like this, and so does damage to the last block. */
  readonly isTail: boolean;
}

const FILE_NAME = /^blocks_(\d{6})$/;
export const fileName = (file: number): string => `blocks_${String(file).padStart(6, '0')}`;

/** Numbers of the block files in a folder, in order. */
export function blockFiles(disk: Disk, dir: string): number[] {
  return disk
    .list(dir)
    .map((name) => FILE_NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

export function recordEnd(location: BlockLocation): number {
  return location.offset + FRAME_HEAD_BYTES + location.blockLength + location.privateLength;
}

/** The block at a place, or what is wrong there. */
export function readRecord(disk: Disk, file: number, location: BlockLocation): StoredBlock | string {
  const record = readUpTo(disk, file, recordEnd(location) - location.offset, location.offset);
  const head = decodeFrameHead(record);
  if (head === undefined) return 'there is no head of a block';
  if (head.blockLength !== location.blockLength || head.privateLength !== location.privateLength)
    return 'the head is that of another block';
  if (record.length < recordEnd(location) - location.offset) return 'the file ends inside the block';
  const block = record.subarray(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + location.blockLength);
  const privatePart = record.subarray(FRAME_HEAD_BYTES + location.blockLength);
  if (!fitsBlock(head, block)) return 'the block does not fit its checksum';
  if (!fitsPrivatePart(head, privatePart)) return 'the private data do not fit their checksum';
  return { location, block, privatePart };
}

/**
 * Reads block after block, in order, from the place behind `from` (undefined: from the first). Ends with the first
 * damage, if there is any. Changes nothing.
 */
export function* scanBlocks(
  disk: Disk,
  dir: string,
  from?: BlockLocation,
): Generator<StoredBlock | Damage, void, void> {
  const files = blockFiles(disk, dir);
  const first = from?.file ?? 0;
  // A file that is missing in between is as bad as one that is damaged.
  for (let number = first; number <= (files.at(-1) ?? -1); number += 1) {
    if (!files.includes(number)) {
      yield { file: number, offset: 0, what: 'the file is missing', isTail: false };
      return;
    }
    const file = disk.open(join(dir, fileName(number)), 'read');
    try {
      const start = from?.file === number ? recordEnd(from) : 0;
      const isLast = number === files.at(-1);
      for (const found of scanFile(disk, file, { number, start, isLast })) {
        yield found;
        if ('what' in found) return;
      }
    } finally {
      disk.close(file);
    }
  }
}

function* scanFile(
  disk: Disk,
  file: number,
  { number, start, isLast }: { number: number; start: number; isLast: boolean },
): Generator<StoredBlock | Damage, void, void> {
  const size = disk.size(file);
  if (start > size) {
    yield { file: number, offset: size, what: 'the file is shorter than what was committed', isTail: false };
    return;
  }
  for (let offset = start; offset < size;) {
    const head = decodeFrameHead(readUpTo(disk, file, FRAME_HEAD_BYTES, offset));
    if (head === undefined) {
      const isTail = isLast && !hasRecordAfter(disk, file, offset, size);
      yield { file: number, offset, what: 'there is no head of a block', isTail };
      return;
    }
    const { blockLength, privateLength } = head;
    const location = { file: number, offset, blockLength, privateLength };
    const record = readRecord(disk, file, location);
    if (typeof record === 'string') {
      yield { file: number, offset, what: record, isTail: isLast && recordEnd(location) >= size };
      return;
    }
    yield record;
    offset = recordEnd(location);
  }
}

/** A torn write has nothing behind it: a record further on means that this place was damaged later. */
function hasRecordAfter(disk: Disk, file: number, offset: number, size: number): boolean {
  const rest = readUpTo(disk, file, size - offset, offset);
  for (let at = rest.indexOf(FRAME_MAGIC, 1); at !== -1; at = rest.indexOf(FRAME_MAGIC, at + 1)) {
    if (decodeFrameHead(rest.subarray(at)) !== undefined) return true;
  }
  return false;
}
