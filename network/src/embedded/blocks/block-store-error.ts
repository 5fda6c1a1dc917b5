import { CodedError } from '../../coded-error.js';

/** CORRUPT: bytes before the tail do not fit their checksum, or blocks are missing. FAILED: an earlier write failed, nothing is taken any more. */
export type BlockStoreErrorCode = 'CORRUPT' | 'FAILED';

export class BlockStoreError extends CodedError {
  override readonly name: string = 'BlockStoreError';
  declare readonly code: BlockStoreErrorCode;
}
