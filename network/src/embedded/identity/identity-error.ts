import { CodedError } from '../../coded-error.js';

/** What is wrong with an identity, a signature or a header that names one. */
export type IdentityErrorCode =
  | 'MALFORMED_IDENTITY'
  | 'UNKNOWN_MSP'
  | 'UNTRUSTED_CHAIN'
  | 'CA_CERTIFICATE'
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_REVOKED'
  | 'NODE_OU'
  | 'BAD_SIGNATURE'
  | 'BAD_HEADER'
  | 'BAD_TRANSACTION_ID'
  | 'TIMESTAMP_OUT_OF_WINDOW'
  | 'MSP_FOLDER'
  | 'MSP_DEFINITION';

export class IdentityError extends CodedError {
  override readonly name: string = 'IdentityError';
  declare readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
  }
}
