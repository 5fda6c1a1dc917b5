/** Real Fabric: its own peers and orderers as processes of this machine. */
export { findBinaries, type BinaryPlaces, type FabricBinaries } from './binaries.js';
export { FabricError, type FabricErrorCode } from './fabric-error.js';
export { awaitCaughtUp, requireAllOrderers } from './orderer-cluster.js';
export { requireFabricTopology } from './node-ports.js';
export { awaitOrderers, clusterViews, type ClusterView } from './operations.js';
export { publishConsenters } from './publish-consenters.js';
export { awaitRevocations } from './publish-revocations.js';
export { planFabric, type FabricPlan } from './plan.js';
export { awaitPeerHeight, channelHeight } from './await-height.js';
export { installOn, joinBySnapshot, ledgerBegan } from './join-snapshot.js';
export { findPeer, joinedChannels, type PeerNode } from './peer-node.js';
export {
  listSnapshots,
  readSnapshot,
  verifySnapshot,
  type MadeSnapshot,
  type PeerSnapshot,
} from './peer-snapshot.js';
export { requireSameChain } from './snapshot-chain.js';
export { takeSnapshot } from './take-snapshot.js';
