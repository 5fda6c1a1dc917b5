/** Real consortia for tests, and who plays in them. */
export { type CommandResult, medaccord, medaccordJson, runProgram } from './command.js';
export { Consortium, type ProcessLine } from './consortium.js';
export { testedEngine } from './engine.js';
export { freePortOffset, isFree } from './free-ports.js';
export { type GatewayAddress, type Identity, type Member, logIn, readIdentity, userDir } from './identity.js';
export {
  type BlockView,
  type PrivateValue,
  type Viewer,
  height,
  ledgerAsSeenBy,
  onChannel,
} from './ledger-view.js';
export { NetworkUser } from './network-user.js';
export { processTree } from './process-tree.js';
export { type PublicPart, publicPart } from './public-writes.js';
export { sharedConsortium } from './shared.js';
export { wideLimits } from './wide-limits.js';
export { isAlive, wipeConsortium } from './wipe.js';
