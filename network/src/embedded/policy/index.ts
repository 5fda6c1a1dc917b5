export type { ApplicationOrganisation, ChannelPolicies, ChannelPolicy } from '../parts.js';
export { ConfiguredPolicies, configurationOf } from './channel-policies.js';
export {
  anyMemberOf,
  majorityOf,
  outOf,
  outOfMsps,
  policyEnvelope,
  rolePrincipal,
  signedBy,
  type RoleName,
} from './build.js';
export {
  compilePolicy,
  decodePolicy,
  signingIdentities,
  type CompiledPolicy,
  type SignedData,
} from './evaluate.js';
export { combinedLayouts, policyLayouts, type Layout } from './layouts.js';
export { policyKey } from './policy-key.js';
export { parsePolicy } from './parse.js';
export { mspOfPrincipal } from './principal-msp.js';
export { PolicyError, type PolicyErrorCode } from './policy-error.js';
