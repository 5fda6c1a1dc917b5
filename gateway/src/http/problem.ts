import { isUnavailable } from '../database/index.js';
import { Problem, type ProblemCode } from '../errors.js';

/** The one map from codes to HTTP statuses (docs/api.md). */
const STATUS: Readonly<Record<ProblemCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHORIZED_ROLE: 403,
  UNAUTHORIZED_ORGANISATION: 403,
  PRACTITIONER_NOT_APPROVED: 403,
  NOT_FOUNDED: 409,
  ALREADY_FOUNDED: 409,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  INVALID_STATE: 409,
  VERSION_CONFLICT: 412,
  SELF_APPROVAL: 403,
  SIGNATURE_INVALID: 422,
  KEY_NOT_ACTIVE: 403,
  CONSENT_MISMATCH: 422,
  CONSENT_EXPIRED: 403,
  CONSENT_NOT_ACTIVE: 403,
  DELEGATION_EXCEEDED: 403,
  ACCESS_DENIED: 403,
  BREAK_GLASS_SUSPENDED: 403,
  ANCHOR_MISMATCH: 422,
  PROOF_INVALID: 422,
  ERASED: 410,
  PRIVATE_DATA_MISSING: 409,
  PRIVATE_DATA_MISMATCH: 422,
  RULE_SET_MISMATCH: 422,
  AMOUNT_MISMATCH: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  UNAUTHENTICATED: 401,
  TOKEN_REVOKED: 401,
  PROOF_REQUIRED: 401,
  CERTIFICATE_REVOKED: 401,
  CERTIFICATE_STATUS_UNKNOWN: 503,
  FORBIDDEN: 403,
  REQUEST_INVALID: 400,
  ROUTE_UNKNOWN: 404,
  METHOD_NOT_ALLOWED: 405,
  MEDIA_TYPE_UNSUPPORTED: 415,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  OVERLOADED: 429,
  IDEMPOTENCY_CONFLICT: 422,
  IDEMPOTENCY_IN_FLIGHT: 409,
  CLIENT_SIGNATURE_REQUIRED: 409,
  PREPARED_UNKNOWN: 404,
  STEP_OUT_OF_ORDER: 409,
  CURSOR_INVALID: 400,
  DOCUMENT_UNAVAILABLE: 503,
  CUSTODIAN_REFUSED: 403,
  CUSTODIAN_UNREACHABLE: 503,
  LEDGER_UNAVAILABLE: 503,
  LEDGER_CONFLICT: 409,
  LEDGER_REJECTED: 409,
  COMMIT_UNKNOWN: 503,
  DATABASE_UNAVAILABLE: 503,
  INTERNAL: 500,
};

/** RFC 9457. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance: string;
  code: ProblemCode;
  retryable: boolean;
  retryAfter?: number;
  transactionId?: string;
  errors?: readonly { path: string; message: string }[];
  signing?: Problem['signing'];
}

export function statusOf(code: ProblemCode): number {
  return STATUS[code];
}

/** What the caller sees of an error: of an unforeseen one nothing but that it happened. */
export function problemBody(error: unknown, requestId: string): ProblemBody {
  const problem = error instanceof Problem ? error : unforeseen(error);
  const { code, retryAfter, transactionId, errors, signing } = problem;
  return {
    type: `urn:medaccord:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(code),
    status: STATUS[code],
    detail: problem.message,
    instance: `urn:medaccord:request:${requestId}`,
    code,
    retryable: retryAfter !== undefined,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(errors === undefined ? {} : { errors }),
    ...(signing === undefined ? {} : { signing }),
  };
}

/** A lost database says nothing about the request: what its steps did is looked up when it comes again. */
function unforeseen(error: unknown): Problem {
  return isUnavailable(error)
    ? new Problem('DATABASE_UNAVAILABLE', "the gateway's database does not answer", { retryAfter: 1 })
    : new Problem('INTERNAL', 'something went wrong here');
}

function titleOf(code: ProblemCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
