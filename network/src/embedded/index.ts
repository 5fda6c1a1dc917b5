/** A ledger in one Node process that speaks Fabric's protocols. */
export { startEmbeddedNetwork, type EmbeddedNetwork, type EmbeddedNetworkOptions } from './server/index.js';
export { networkOfHome, refuseProduction, ServerError, type ServerErrorCode } from './server/index.js';
export type { ChaincodeResult, ChaincodeRuntime, ChaincodeTransaction } from './chaincode/index.js';
