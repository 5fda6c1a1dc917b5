import { CodedError } from '../../coded-error.js';

export type EndorserErrorCode =
  /** No proposal, or one that does not decode. */
  | 'MALFORMED'
  /** Creator, signature, header, time or transaction id were refused: no other peer would answer otherwise. */
  | 'REFUSED';

/** A proposal that was not simulated at all. */
export class EndorserError extends CodedError {
  override readonly name: string = 'EndorserError';
  declare readonly code: EndorserErrorCode;

  constructor(code: EndorserErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
  }
}
