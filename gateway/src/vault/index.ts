export { batchLeaves, type BatchLeaves } from './batch-leaves.js';
export { BLOCK_MAX_BYTES, BlockStoreError, openFileBlocks, type BlockStore } from './block-store.js';
export type {
  Anchoring,
  Candidate,
  Deposit,
  Descriptor,
  NewRecord,
  RecordFilter,
  RecordStore,
  StoredBatch,
  StoredRecord,
} from './record-store.js';
export { BoxError, nonceOf, openBox, sealBox } from './sealed-box.js';
export {
  DOCUMENT_MAX_BYTES,
  isSealOf,
  openDocument,
  sealer,
  SealError,
  type RecordBinding,
  type SealedDocument,
  type SealedRecord,
  type Sealer,
} from './sealer.js';
export { bindingOf, recordStore, type RecordStoreOptions } from './sql-record-store.js';
