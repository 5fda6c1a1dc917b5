import { peer } from '@hyperledger/fabric-protos';
import type { TxValidationCode } from '../parts.js';

export const Code = peer.TxValidationCode;

/** A transaction turned out invalid; the code goes into the block, the reason into the log. */
export class Invalid extends Error {
  readonly code: TxValidationCode;

  constructor(code: keyof peer.TxValidationCodeMap, reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.code = Code[code];
  }
}

/** Runs `decode`; whatever it throws makes the transaction invalid with `code`. */
export function decodeOr<T>(code: keyof peer.TxValidationCodeMap, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof Invalid) throw cause;
    throw new Invalid(code, `${what} cannot be decoded`, { cause });
  }
}
