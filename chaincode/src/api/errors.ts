/**
 * Why a contract refused. A code is stable for ever: clients branch on it, people read the detail.
 * The gateway maps each code to one HTTP status (see docs/api.md).
 */
export const ERROR_CODES = [
  'INVALID_ARGUMENT',
  'UNAUTHORIZED_ROLE',
  'UNAUTHORIZED_ORGANISATION',
  'PRACTITIONER_NOT_APPROVED',
  'NOT_FOUNDED',
  'ALREADY_FOUNDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'INVALID_STATE',
  'VERSION_CONFLICT',
  'SELF_APPROVAL',
  'SIGNATURE_INVALID',
  'KEY_NOT_ACTIVE',
  'CONSENT_MISMATCH',
  'CONSENT_EXPIRED',
  'CONSENT_NOT_ACTIVE',
  'DELEGATION_EXCEEDED',
  'ACCESS_DENIED',
  'BREAK_GLASS_SUSPENDED',
  'ANCHOR_MISMATCH',
  'PROOF_INVALID',
  'ERASED',
  'PRIVATE_DATA_MISSING',
  'PRIVATE_DATA_MISMATCH',
  'RULE_SET_MISMATCH',
  'AMOUNT_MISMATCH',
  'IDEMPOTENCY_KEY_REUSED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

const FORM = /MEDACCORD:([A-Z_]+):([^\n]*)/;

/** The one form in which a code travels inside Fabric's text messages: `MEDACCORD:CODE:detail`. */
export function formatError(code: ErrorCode, detail: string): string {
  return `MEDACCORD:${code}:${detail}`;
}

/**
 * Finds a coded error in any text that Fabric wrapped around it.
 * @returns undefined where the text holds none, or a code that this version does not know.
 */
export function parseError(text: string): { code: ErrorCode; detail: string } | undefined {
  const match = FORM.exec(text);
  const code = ERROR_CODES.find((known) => known === match?.[1]);
  return code === undefined ? undefined : { code, detail: match?.[2] ?? '' };
}
