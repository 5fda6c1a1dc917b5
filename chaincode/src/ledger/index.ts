/** The shared ground of the contracts: who calls, what is stored where, when it is, and how a refusal looks. */
export { assetKind, assetKindBy, type AssetKind } from './asset-kind.js';
export { Caller, isApproved } from './caller.js';
export { LedgerContract } from './contract.js';
export { ContractError, refuse } from './errors.js';
export { hashOf } from './hashing.js';
export { parseShape } from './input.js';
export { importKey, readStatement, verifyStatement, type SignedStatement } from './jws.js';
export { CONSORTIUM, PRACTITIONER } from './kinds.js';
export { careStore, privateStore, writeCareKey, PrivateStore } from './private-store.js';
export { PublicStore } from './public-store.js';
export { evaluate, submit, type Handler } from './run.js';
export { CanonicalSerializer } from './serializer.js';
export { later, plusSeconds } from './time.js';
export { Transaction } from './transaction.js';
export { checkVersion } from './version.js';
