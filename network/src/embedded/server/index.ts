export {
  startEmbeddedNetwork,
  type EmbeddedNetwork,
  type EmbeddedNetworkOptions,
  type PeerPlan,
} from './embedded-network.js';
export { definitionOf, networkOfHome } from './home-network.js';
export { refuseProduction, TRUST_NOTICE } from './production-guard.js';
export { ServerError, type ServerErrorCode } from './server-error.js';
