export { describeBlock, readCommittedBlock, validationCodes } from './committed-block.js';
export { blockCommit } from './block-changes.js';
export { isConfig } from './config-transaction.js';
export { BlockJudge, type Judged, type Judgement } from './block-judge.js';
export { Committer, lastHeight, type CommitterOptions } from './committer.js';
export { channelIdOf, readTransaction, txIdOf, type EndorserTransaction } from './endorser-transaction.js';
export { MerkleSummary } from './merkle-summary.js';
export { decodeReadWriteSet, type CollectionSet, type NamespaceSet } from './read-write-set.js';
