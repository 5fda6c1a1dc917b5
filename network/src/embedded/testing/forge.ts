import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { common } from '@hyperledger/fabric-protos';
import { scanBlocks, systemDisk, type StoredBlock } from '../blocks/index.js';
import { encodeFrameHead } from '../blocks/frame.js';

/** The records of a folder's one block file. */
export function records(blocksDir: string): StoredBlock[] {
  const found: StoredBlock[] = [];
  for (const record of scanBlocks(systemDisk, blocksDir)) {
    if ('what' in record) throw new Error(`the blocks are damaged: ${record.what}`);
    found.push(record);
  }
  return found;
}

/** Writes a block file anew with one record changed by hand, checksums made to fit. */
export function forge(
  blocksDir: string,
  number: number,
  change: { block?: (block: common.Block) => void; privatePart?: (part: Buffer) => Buffer },
): void {
  const parts = records(blocksDir).map((record, index) => {
    if (index !== number) return frame(record.block, record.privatePart);
    const block = common.Block.deserializeBinary(record.block);
    change.block?.(block);
    return frame(block.serializeBinary(), change.privatePart?.(record.privatePart) ?? record.privatePart);
  });
  writeFileSync(join(blocksDir, 'blocks_000000'), Buffer.concat(parts));
}

function frame(block: Uint8Array, privatePart: Uint8Array): Buffer {
  return Buffer.concat([encodeFrameHead(block, privatePart), block, privatePart]);
}

/** Flips one bit of one byte, as a bad disk does. */
export function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
