export { clientSignatures } from './ask-client.js';
export { openBlockStream } from './block-stream.js';
export { PeerCertificateError, checkPeer } from './check-peer.js';
export { createCommitWaiter, type BlockCommitWaiter } from './commit-waiter.js';
export { UnreachablePeerError, openConnection, type FabricConnection, type Signatory } from './connection.js';
export { endorsingOrganizations, type Member } from './endorsers.js';
export { createLedger, validationName, type LedgerParts, type Signatories } from './ledger.js';
export {
  createPreparedTransactions,
  type Finished,
  type PreparedTransactions,
  type SigningStage,
  type ToSign,
} from './prepared-transactions.js';
export type { ResultOf } from './results.js';
export { signingStep } from './signing-step.js';
export { problemOf } from './fabric-error.js';
export { transactionStatus } from './transaction-status.js';
