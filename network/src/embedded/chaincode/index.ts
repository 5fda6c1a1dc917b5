export { ChaincodeError, type ChaincodeErrorCode } from './chaincode-error.js';
export { loadChaincode, type InProcessChaincode, type InProcessPackage } from './in-process-chaincode.js';
export { chaincodeSupportDefinition } from './shim-service.js';
export { loadShimLibrary } from './shim-library.js';
export { makePackage, packageIdOf, parsePackage, type Connection } from './chaincode-package.js';
export { ChaincodeService, type ChaincodeServiceOptions } from './chaincode-service.js';
export { ChaincodeSession, type MessageStream, type SessionOptions } from './chaincode-session.js';
export { PackageStore } from './package-store.js';
export { PeerChaincodes, type PeerChaincodesOptions } from './peer-chaincodes.js';
export type {
  ChaincodeResult,
  ChaincodeRuntime,
  ChaincodeTransaction,
  Page,
  StateAccess,
  StateCursor,
  StateEntry,
} from './runtime.js';
