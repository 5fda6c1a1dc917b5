export {
  Endorser,
  type Endorsed,
  type Evaluated,
  type EndorserOptions,
  type NotEndorsed,
} from './endorser.js';
export { EndorserError, type EndorserErrorCode } from './endorser-error.js';
export { Collections, policyKey } from './collections.js';
export type { EndorsementInterest } from './endorsement-interest.js';
export { readProposal, type Proposal } from './proposal.js';
export { checkProposal, type ProposalCheckContext } from './proposal-checks.js';
