export { describeBlock, readCommittedBlock, validationCodes } from './committed-block.js';
export { Committer, type CommitterOptions } from './committer.js';
export { channelIdOf, readTransaction, txIdOf, type EndorserTransaction } from './endorser-transaction.js';
export { erasePrivateValues } from './erasure.js';
export { MerkleSummary } from './merkle-summary.js';
export { decodeReadWriteSet, type CollectionSet, type NamespaceSet } from './read-write-set.js';
