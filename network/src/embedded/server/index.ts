export {
  startEmbeddedNetwork,
  type EmbeddedNetwork,
  type EmbeddedNetworkOptions,
} from './embedded-network.js';
export { networkOfHome } from './home-network.js';
export type { OrdererPlan } from './orderer-node.js';
export type { PeerPlan } from './peer-node.js';
export { executeTimeout } from './execute-timeout.js';
export { refuseProduction, TRUST_NOTICE } from './production-guard.js';
export { ServerError, type ServerErrorCode } from './server-error.js';
