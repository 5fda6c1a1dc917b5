export { ChaincodeError, type ChaincodeErrorCode } from './chaincode-error.js';
export { loadShimLibrary } from './shim-library.js';
export { ChaincodeService, type ChaincodeServiceOptions } from './chaincode-service.js';
export type {
  ChaincodeResult,
  ChaincodeRuntime,
  ChaincodeTransaction,
  Page,
  StateAccess,
  StateCursor,
  StateEntry,
} from './runtime.js';
