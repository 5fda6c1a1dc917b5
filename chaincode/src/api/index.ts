/** Everything others may import of the contracts: names, shapes, error codes, canonical JSON, Merkle trees. */
export * as billing from './billing.js';
export * as consent from './consent.js';
export * as directory from './directory.js';
export * as record from './record.js';
export { canonicalJson } from './canonical-json.js';
export { ERROR_CODES, formatError, parseError, type ErrorCode } from './errors.js';
export { FUNCTIONS, type Endorsers, type FunctionName, type InputOf, type PrivateOf } from './functions.js';
export { keyId } from './key-id.js';
export { merkleProofs, merkleRoot, verifyInclusion, type InclusionProof } from './merkle.js';
export {
  ATTRIBUTES,
  CARE_COLLECTION,
  CHAINCODE_NAME,
  EVENT_NAME,
  JWS_TYPES,
  TRANSIENT_FIELD,
  claimsCollection,
  invoicesCollection,
  isCare,
  majority,
  type Change,
  type ChangeSet,
} from './names.js';
export * from './primitives.js';
export {
  READING_STAFF,
  isGrantee,
  readsAccess,
  readsBreakGlass,
  readsConsent,
  type Person,
} from './readers.js';
