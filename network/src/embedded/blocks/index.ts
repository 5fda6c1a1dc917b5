export { BlockFiles, type BlockLocation, type StoredBlock } from './block-files.js';
export {
  dataHash,
  getMetadata,
  headerBytes,
  headerHash,
  newBlock,
  setMetadata,
  wrapMetadata,
} from './block-header.js';
export { BlockStoreError, type BlockStoreErrorCode } from './block-store-error.js';
export { decodePrivatePart, encodePrivatePart, type PrivateSets } from './private-part.js';
