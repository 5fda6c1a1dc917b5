import { CodedError } from '../../coded-error.js';

export type ServerErrorCode = 'PRODUCTION' | 'BAD_ARGUMENTS' | 'BAD_SETTING' | 'PORT_TAKEN' | 'TLS_FILES';

/** Why the embedded ledger does not start. */
export class ServerError extends CodedError {
  override readonly name: string = 'ServerError';
  declare readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(code, message, options);
  }
}
