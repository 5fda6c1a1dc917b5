export { implicitCollection, LIFECYCLE } from './chaincode-definition.js';
export { Definitions } from './definitions.js';
export { lifecycleSystemChaincode } from './lifecycle-chaincode.js';
export { PeerLifecycle, type PeerLifecycleOptions } from './peer-lifecycle.js';
