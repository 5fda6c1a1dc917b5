import { CodedError } from '../coded-error.js';

/**
 * Why the authority refused, with the HTTP status and number that Fabric CA's clients know
 * (hyperledger/fabric-ca lib/caerrors). Some numbers stay inside: the caller of the service then hears only
 * "Authentication failure" (20) or "Authorization failure" (71).
 */
const REASONS = {
  METHOD_NOT_ALLOWED: [405, 1],
  NO_AUTHORIZATION_HEADER: [401, 2],
  BODY_EMPTY: [400, 4],
  BODY_INVALID: [400, 5],
  NOT_REVOKER: [403, 7, 'hidden'],
  CERTIFICATE_NOT_FOUND: [404, 8],
  CERTIFICATE_OF_ANOTHER: [400, 9],
  IDENTITY_NOT_FOUND: [404, 10],
  REVOCATION_INCOMPLETE: [400, 15],
  AFFILIATION_NOT_FOUND: [404, 16],
  CA_NOT_FOUND: [404, 19],
  NO_USER_PASSWORD: [401, 21, 'hidden'],
  IDENTITY_UNKNOWN: [401, 23, 'hidden'],
  SECRET_WRONG: [401, 24, 'hidden'],
  TOKEN_INVALID: [401, 25, 'hidden'],
  CERTIFICATE_UNTRUSTED: [401, 26, 'hidden'],
  CERTIFICATE_EXPIRED: [401, 27, 'hidden'],
  CERTIFICATE_REVOKED: [401, 28, 'hidden'],
  CSR_INVALID: [400, 31],
  NOT_CRL_ISSUER: [403, 35, 'hidden'],
  REVOKED_RANGE_INVALID: [400, 36],
  EXPIRY_RANGE_INVALID: [400, 37],
  ATTRIBUTE_FORBIDDEN: [403, 42, 'hidden'],
  NOT_REGISTRAR: [403, 49, 'hidden'],
  TYPE_FORBIDDEN: [403, 54, 'hidden'],
  REMOVAL_DISABLED: [403, 56],
  AFFILIATION_ADD_DISABLED: [403, 60],
  AFFILIATION_REMOVAL_DISABLED: [403, 61],
  AFFILIATION_CHANGE_DISABLED: [403, 64],
  ALREADY_REVOKED: [404, 66],
  CERTIFICATE_FILTER_INVALID: [400, 67],
  IDENTITY_REVOKED: [403, 70, 'hidden'],
  TOO_MANY_ATTEMPTS: [401, 73],
  ALREADY_REGISTERED: [409, 74],
  REGISTRATION_INVALID: [400, 75],
  COMMON_NAME_MISMATCH: [403, 77],
  PROFILE_FORBIDDEN: [403, 78, 'hidden'],
  ATTRIBUTE_MISSING: [400, 81],
  AFFILIATION_FORBIDDEN: [403, 55, 'hidden'],
} as const satisfies Record<string, readonly [number, number, 'hidden'?]>;

export type CaReason = keyof typeof REASONS;

export class CaError extends CodedError {
  override readonly name = 'CaError';
  readonly status: number;
  /** Number and text for the caller of the service. */
  readonly remote: { readonly code: number; readonly message: string };

  constructor(
    readonly reason: CaReason,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(`CA_${reason}`, message, options);
    const [status, number, visibility] = REASONS[reason] as readonly [number, number, 'hidden'?];
    this.status = status;
    this.remote = visibility === 'hidden' ? generic(status) : { code: number, message };
  }
}

function generic(status: number): { code: number; message: string } {
  return status === 401
    ? { code: 20, message: 'Authentication failure' }
    : { code: 71, message: 'Authorization failure' };
}
