import { parseError, type ErrorCode } from '../api/index.js';

/** The chaincode at one endorser answered with an error. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** The contract's code; undefined where the shim or the peer refused. */
  readonly code: ErrorCode | undefined;

  constructor(
    readonly endorser: string,
    text: string,
  ) {
    super(`${endorser}: ${text}`);
    this.code = parseError(text)?.code;
  }
}

/** Endorsers gave different bytes: the contract is not deterministic, or a peer lacked private data. */
export class EndorsementMismatch extends Error {
  override readonly name = 'EndorsementMismatch';
}

export type ValidationFailure = 'ENDORSEMENT_POLICY_FAILURE' | 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT';

/** The transaction stands on the chain as invalid and changed nothing. */
export class CommitFailed extends Error {
  override readonly name = 'CommitFailed';

  constructor(
    readonly validation: ValidationFailure,
    readonly detail: string,
  ) {
    super(`${validation}: ${detail}`);
  }
}
