import { CodedError } from '../../coded-error.js';

export type ChaincodeErrorCode =
  /** The service cannot be reached, or did not register in time. */
  | 'UNAVAILABLE'
  /** The stream ended while a transaction was under way. */
  | 'STREAM_TERMINATED'
  | 'TIMEOUT'
  /** It cannot be run now. */
  | 'FAILED'
  /** The chaincode answered with ERROR, or with something that is no answer. */
  | 'BAD_ANSWER'
  /** A package that is none, or that cannot be run here. */
  | 'BAD_PACKAGE'
  | 'INSTALLED'
  /** A chaincode that dialled in, and is there already. */
  | 'REFUSED';

/** A transaction that the chaincode did not finish; the message is worded as Fabric's peer words it. */
export class ChaincodeError extends CodedError {
  override readonly name: string = 'ChaincodeError';
  declare readonly code: ChaincodeErrorCode;

  constructor(code: ChaincodeErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
  }
}
