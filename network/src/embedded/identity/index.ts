export { BoundedMap } from './bounded-map.js';
export {
  checkCreator,
  checkSignatureHeader,
  checkTimeWindow,
  checkTransactionId,
  TIME_WINDOW_MS,
  transactionId,
} from './creator-checks.js';
export { encodeDer, encodeDerInteger } from './der.js';
export { IdentityError, type IdentityErrorCode } from './identity-error.js';
export { readMspFolder, revocationFiles, type MspFolder, type NodeOu } from './msp-folder.js';
export { certifiersIdentifier } from './msp.js';
export { readMspDefinition, type MspDefinition } from './msp-definition.js';
export { openMsps } from './msp-manager.js';
export { nodeSigner, serializeIdentity } from './node-signer.js';
