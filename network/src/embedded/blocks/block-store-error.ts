import { CodedError } from '../../coded-error.js';

/**
 * CORRUPT: bytes before the tail do not fit their checksum, or blocks are missing. DISK_FULL: a block could not be
 * written and nothing of it is left; it can be tried again. FAILED: a write failed and what the disk holds is not
 * known, nothing is taken any more.
 */
export type BlockStoreErrorCode = 'CORRUPT' | 'DISK_FULL' | 'FAILED';

export class BlockStoreError extends CodedError {
  override readonly name: string = 'BlockStoreError';
  declare readonly code: BlockStoreErrorCode;
}
