export { PrivateDataMissingError, type HistoryReader } from './snapshot.js';
export { StateDatabase, type BlockCommit, type Erasure, type Savepoint } from './state-database.js';
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
