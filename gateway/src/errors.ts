import type { ErrorCode } from '@medaccord/chaincode/api';
import type { Schemas } from './operation.js';

/** What the gateway itself refuses or cannot do. The contracts' codes are in `ErrorCode`. */
export const GATEWAY_CODES = [
  'UNAUTHENTICATED',
  'TOKEN_REVOKED',
  'PROOF_REQUIRED',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_STATUS_UNKNOWN',
  'FORBIDDEN',
  'REQUEST_INVALID',
  'ROUTE_UNKNOWN',
  'METHOD_NOT_ALLOWED',
  'MEDIA_TYPE_UNSUPPORTED',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'OVERLOADED',
  'IDEMPOTENCY_CONFLICT',
  'IDEMPOTENCY_IN_FLIGHT',
  'CLIENT_SIGNATURE_REQUIRED',
  'PREPARED_UNKNOWN',
  'STEP_OUT_OF_ORDER',
  'CURSOR_INVALID',
  'DOCUMENT_UNAVAILABLE',
  'CUSTODIAN_REFUSED',
  'CUSTODIAN_UNREACHABLE',
  'LEDGER_UNAVAILABLE',
  'LEDGER_CONFLICT',
  'LEDGER_REJECTED',
  'COMMIT_UNKNOWN',
  'DATABASE_UNAVAILABLE',
  'INTERNAL',
] as const;
export type GatewayCode = (typeof GATEWAY_CODES)[number];
export type ProblemCode = GatewayCode | ErrorCode;

export interface ProblemOptions {
  /** The transaction it is about, where one was sent. */
  transactionId?: string;
  /** Seconds to wait before the same request may succeed; its presence makes a problem retryable. */
  retryAfter?: number;
  /** What is wrong with which part of the request. */
  errors?: { path: string; message: string }[];
  /** What the caller has to sign before the same request goes on. */
  signing?: Schemas['SigningStep'];
  cause?: unknown;
}

/**
 * The one error that use cases throw on purpose. `http/problem.ts` maps its code to a status; any other error is
 * an INTERNAL whose text stays in the log. `detail` is shown to the caller: nothing personal, nothing of the inside.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly transactionId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly errors: readonly { path: string; message: string }[] | undefined;
  readonly signing: Schemas['SigningStep'] | undefined;

  constructor(
    readonly code: ProblemCode,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.transactionId = options.transactionId;
    this.retryAfter = options.retryAfter;
    this.errors = options.errors;
    this.signing = options.signing;
  }
}
