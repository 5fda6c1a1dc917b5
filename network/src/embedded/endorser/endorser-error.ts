import { CodedError } from '../../coded-error.js';

export type EndorserErrorCode =
  /** No proposal, or one that does not decode. */
  | 'MALFORMED'
  /** Refused by a filter before Fabric's endorser, which a gateway takes for a peer that is not there. */
  | 'FILTERED'
  /** Creator, signature, header or transaction id were refused: no other peer would answer otherwise. */
  | 'REFUSED';

/** A proposal that was not simulated at all. */
export class EndorserError extends CodedError {
  override readonly name: string = 'EndorserError';
  declare readonly code: EndorserErrorCode;

  constructor(code: EndorserErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
  }
}
