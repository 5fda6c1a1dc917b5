import type { consent } from '../api/index.js';
import { ERROR_CODES } from '../api/index.js';
import type { Person } from '../consent/grantee.js';
import { refuse, type Transaction } from '../ledger/index.js';

/** The caller as a decision sees it. */
export function requesterOf(tx: Transaction): Person {
  const { organisation, subject, role } = tx.caller;
  return { organisation: organisation.name, subject, role };
}

/** @throws ContractError with the decision's own code */
export function requireGranted({ granted, code, reason }: consent.Decision): void {
  if (granted) return;
  const known = ERROR_CODES.find((each) => each === code);
  refuse(known ?? 'ACCESS_DENIED', reason ?? 'refused');
}
