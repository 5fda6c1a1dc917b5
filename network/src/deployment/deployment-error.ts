import { CodedError } from '../coded-error.js';

export type DeploymentErrorCode =
  /** The policy or a collection's policy does not parse; the message says where. */
  | 'POLICY_SYNTAX'
  | 'COLLECTIONS_INVALID'
  | 'COLLECTIONS_UNREADABLE'
  /** Name, label or address is none. */
  | 'CHAINCODE_ARGUMENTS'
  /** Nothing answers at the chaincode's address. */
  | 'CHAINCODE_UNREACHABLE'
  /** The sequence is neither the committed one nor the next. */
  | 'SEQUENCE_WRONG'
  /** That sequence is committed, and says something else. */
  | 'DEFINITION_DIFFERS'
  /** Nothing of that name is committed. */
  | 'CHAINCODE_UNKNOWN'
  /** There is no definition to go back to. */
  | 'NOTHING_BEFORE'
  /** Not enough organisations approved. */
  | 'NOT_APPROVED'
  /** It is committed, and too few peers are known to run it. */
  | 'NO_ENDORSERS'
  /** A peer or the ledger refused a step. */
  | 'DEPLOYMENT_REFUSED';

export class DeploymentError extends CodedError {
  override readonly name = 'DeploymentError';
  declare readonly code: DeploymentErrorCode;

  constructor(code: DeploymentErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(code, message, options);
  }
}
