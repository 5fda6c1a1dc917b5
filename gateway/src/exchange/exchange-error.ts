import type { ErrorCode } from '@medaccord/chaincode/api';

/** Why a custodian refused, on the wire between gateways; the contracts' own codes travel as they are. */
export const EXCHANGE_CODES = [
  'ORGANISATION_UNKNOWN',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_STATUS_UNKNOWN',
  'REQUEST_MALFORMED',
  'ROUTE_UNKNOWN',
  'TOO_LARGE',
  'BUSY',
  'RECORD_UNKNOWN',
  'EVENT_NOT_COMMITTED',
  'EVENT_OF_ANOTHER',
  'EVENT_EXPIRED',
  'EVENT_USED_UP',
  'DESCRIPTOR_MISMATCH',
  'DEPOSIT_CONFLICT',
  'DEPOSIT_UNKNOWN',
  'DEPOSITS_FULL',
  'ANCHOR_NOT_COMMITTED',
  'HOLDER_FAILED',
] as const;
export type ExchangeCode = (typeof EXCHANGE_CODES)[number];

const STATUS: Partial<Record<ExchangeCode | ErrorCode, number>> = {
  REQUEST_MALFORMED: 400,
  ROUTE_UNKNOWN: 404,
  RECORD_UNKNOWN: 404,
  ERASED: 410,
  TOO_LARGE: 413,
  EVENT_USED_UP: 409,
  DEPOSIT_UNKNOWN: 404,
  DEPOSIT_CONFLICT: 409,
  DEPOSITS_FULL: 503,
  ANCHOR_NOT_COMMITTED: 503,
  CERTIFICATE_STATUS_UNKNOWN: 503,
  HOLDER_FAILED: 500,
  BUSY: 503,
};

/** A refusal, or (5xx) a failure, of the holder's side of an exchange. */
export class ExchangeError extends Error {
  constructor(
    readonly code: ExchangeCode | ErrorCode,
    detail: string,
  ) {
    super(detail);
  }

  /** 403 for everything that is about the right to the record. */
  get status(): number {
    return STATUS[this.code] ?? 403;
  }
}
