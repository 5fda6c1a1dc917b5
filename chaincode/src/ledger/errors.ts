import { formatError, type ErrorCode } from '../api/index.js';

/**
 * A rule said no. Fabric carries only text, so the message holds the code in its one fixed form.
 * The detail is written into peers' logs and clients' answers: it never carries personal data.
 */
export class ContractError extends Error {
  override readonly name = 'ContractError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
  ) {
    super(formatError(code, detail));
  }
}

/** @throws ContractError always; typed `never` so that it narrows in expressions. */
export function refuse(code: ErrorCode, detail: string): never {
  throw new ContractError(code, detail);
}
