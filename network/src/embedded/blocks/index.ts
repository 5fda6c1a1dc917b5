export { BlockFiles } from './block-files.js';
export { BlockReader, RESTORE } from './block-reader.js';
export {
  dataHash,
  getMetadata,
  headerBytes,
  headerHash,
  lastConfigOf,
  newBlock,
  setMetadata,
  wrapMetadata,
} from './block-header.js';
export { fileName, scanBlocks, type BlockLocation, type Damage, type StoredBlock } from './block-scan.js';
export { BlockStoreError, type BlockStoreErrorCode } from './block-store-error.js';
export { isDiskFull, readUpTo, replaceFile, systemDisk, writeWhole, type Disk } from './disk.js';
export { decodePrivatePart, encodePrivatePart, type PrivateSets } from './private-part.js';
export { isScrubPending, replayScrub, writeScrub, type Scrub } from './scrub-journal.js';
