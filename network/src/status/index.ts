/** How a network's nodes are, as they answer themselves. */
export type { CommittedChaincode } from './ask-peer.js';
export { folderBytes, freeBytes } from './disk-use.js';
export { nodeReports, type NodeReport } from './node-report.js';
