/** Commands that change a network while it runs. */
export { AddOrganisation } from './add-organisation.js';
export { batchChange, changedBatch, type BatchChange } from './batch.js';
export { ChangeError, type ChangeErrorCode } from './change-error.js';
export { withChangeLock } from './change-lock.js';
export { policyChange } from './channel-policy.js';
export { JoinBySnapshot, type SnapshotChoice } from './join-by-snapshot.js';
export { keepTopology } from './keep-topology.js';
export type { NetworkChange } from './network-change.js';
export { readOrganisation } from './organisation-file.js';
export type { Running } from './running.js';
export { UpgradeChaincode } from './upgrade-chaincode.js';
export { UpgradeContracts } from './upgrade-contracts.js';
export { RemoveOrganisation } from './remove-organisation.js';
export { AddOrderer, RemoveOrderer, type OrdererNode } from './orderers.js';
export { signaturesOf, type Plan, type PlannedSignatures } from './plan.js';
