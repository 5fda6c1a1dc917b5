export {
  Endorser,
  type Endorsed,
  type Evaluated,
  type EndorserOptions,
  type Failed,
  type Refused,
} from './endorser.js';
export { EndorserError, type EndorserErrorCode } from './endorser-error.js';
export type { EndorsementInterest } from './endorsement-interest.js';
export { configSystemChaincode } from './config-chaincode.js';
export { querySystemChaincode } from './query-chaincode.js';
export {
  failure,
  success,
  SYSTEM_CHAINCODES,
  type SystemCall,
  type SystemChaincode,
} from './system-chaincode.js';
export { endorserHandlers, type EndorserServiceOptions } from './endorser-service.js';
export { readProposal, type Proposal } from './proposal.js';
export { checkLocalProposal, checkProposal, type ProposalCheckContext } from './proposal-checks.js';
export { blockNotHere } from './not-here.js';
