import { CodedError } from '../../coded-error.js';

export type PolicyErrorCode = 'POLICY_SYNTAX' | 'MALFORMED_POLICY' | 'NO_CONFIGURATION';

export class PolicyError extends CodedError {
  override readonly name: string = 'PolicyError';
  declare readonly code: PolicyErrorCode;
}
