export { blockSource } from './block-source.js';
export { rebuildCommand, verifyCommand, type CommandOptions } from './commands.js';
export { committedAccess, committedAnchor } from './committed-access.js';
export { decodeBlock } from './decode-block.js';
export { followLedger, type Follower, type FollowLog, type FollowStatus } from './follow-ledger.js';
export {
  ProjectionError,
  type BlockSource,
  type LedgerBlock,
  type LedgerTransaction,
  type LedgerWrite,
} from './ledger-block.js';
export type { Detailed, FilterOf, ItemOf, ListName, Lists } from './lists.js';
export type {
  FeedEntry,
  FeedFilter,
  FeedPosition,
  HistoryVersion,
  PageRequest,
  LedgerTables,
  TransactionRow,
} from './ledger-tables.js';
export { readModel } from './read-model.js';
export { readYourWrites } from './read-your-writes.js';
export { rebuild, type RebuildOptions } from './rebuild.js';
export { startReadModel, type RunningReadModel } from './start-read-model.js';
export { ledgerTables } from './sql-ledger-tables.js';
export { verifyReadModel, type Difference, type VerifyResult } from './verify-read-model.js';
export { waitForTransaction } from './wait-for-transaction.js';
