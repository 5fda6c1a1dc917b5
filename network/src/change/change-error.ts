import { CodedError } from '../coded-error.js';

export type ChangeErrorCode =
  /** Another command is changing this network. */
  | 'CHANGE_UNDER_WAY'
  | 'POLICY_PATH_UNKNOWN'
  /** The rule names a policy or an organisation that the channel does not have. */
  | 'POLICY_RULE_UNKNOWN'
  /** The running network's engine has no way to do that. */
  | 'ENGINE_CANNOT'
  /** An organisation, or what it is called or listens at, is there already as something else. */
  | 'ORGANISATION_CONFLICT'
  | 'ORGANISATION_FILE_INVALID'
  /** Those who remain could not go on. */
  | 'TOO_FEW_REMAIN'
  /** Too few orderers would be left that agree. */
  | 'QUORUM_AT_RISK'
  | 'ORDERER_UNKNOWN'
  /** No port is free for a service that has to run beside another. */
  | 'PORT_TAKEN';

export class ChangeError extends CodedError {
  override readonly name = 'ChangeError';
  declare readonly code: ChangeErrorCode;

  constructor(code: ChangeErrorCode, message: string, hint?: string, cause?: unknown) {
    super(code, message, { hint, cause });
  }
}
