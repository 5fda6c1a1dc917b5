export { describeKey } from './describe-key.js';
export { encodeEntry, readEntries, writeEntries, type Entry } from './entry-file.js';
export { FrozenState } from './frozen-state.js';
export { keys, readPrivateKey } from './keys.js';
export { decodeRecord } from './records.js';
export { PrivateDataMissingError, type HistoryReader } from './snapshot.js';
export type { BlockCommit } from './apply-block.js';
export type { LoadedEntry } from './load-entry.js';
export type { Savepoint } from './savepoint.js';
export { StateDatabase, type Erasure } from './state-database.js';
export type { Metadata } from './records.js';
export {
  collectionName,
  hashKey,
  UpdateBatch,
  type PrivateKeyRef,
  type PrivateUpdate,
  type Update,
} from './update-batch.js';
export { committed } from './write-transaction.js';
export { combineHashes, STATE_PART_NAMES, STATE_PARTS, type StatePart } from './state-parts.js';
