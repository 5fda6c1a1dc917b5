import type { BlockLocation } from '../blocks/index.js';
import { blockNumber, keys } from './keys.js';
import { decodeLocation, encodeLocation } from './records.js';

/** The last block whose changes are in the database. */
export interface Savepoint {
  readonly block: number;
  /** Undefined where the block is not here, because the ledger was begun from a snapshot. */
  readonly location: BlockLocation | undefined;
  readonly headerHash: Buffer;
  /** Empty for block 0. */
  readonly commitHash: Buffer;
}

/** @param get Reads the value of a key. */
export function readSavepoint(get: (key: Buffer) => Buffer | undefined): Savepoint | undefined {
  const bytes = get(keys.meta('savepoint'));
  if (bytes === undefined) return undefined;
  const location = decodeLocation(bytes.subarray(6, 24));
  return {
    block: bytes.readUIntBE(0, 6),
    // A block is never empty.
    location: location.blockLength === 0 ? undefined : location,
    headerHash: Buffer.from(bytes.subarray(24, 56)),
    commitHash: Buffer.from(bytes.subarray(56)),
  };
}

export function encodeSavepoint({ block, location, headerHash, commitHash }: Savepoint): Buffer {
  const place = encodeLocation(location ?? { file: 0, offset: 0, blockLength: 0, privateLength: 0 });
  return Buffer.concat([blockNumber(block), place, headerHash, commitHash]);
}
