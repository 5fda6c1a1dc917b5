/** For tests alone: our contracts on a ledger in memory that enforces what Fabric enforces. */
export { FOUR_ORGANISATIONS, SIX_ORGANISATIONS, type WorldOrganisation } from './consortiums.js';
export {
  CUSTODIAN,
  VISITING,
  after,
  granted,
  leafOf,
  merged,
  openClinic,
  refusal,
  registered,
  registration,
  registrationOf,
  terms,
  type Clinic,
} from './clinic.js';
export { deviceKey, type DeviceKey } from './device-key.js';
export { found, practitioner } from './founding.js';
export {
  World,
  commitFailure,
  type CallOptions,
  type Caller,
  type Committed,
  type Endorsed,
} from './world.js';
export { CommitFailed, EndorsementMismatch, Refused, type ValidationFailure } from './world-errors.js';
