import { PRACTITIONER_ROLES, type consent } from '../api/index.js';
import { refuse, type Transaction } from '../ledger/index.js';

/**
 * What every consent keeps to, however it was given.
 * @throws ContractError CONSENT_MISMATCH (other id, channel), INVALID_ARGUMENT, NOT_FOUND (an organisation),
 *   CONSENT_EXPIRED
 */
export function checkTerms(tx: Transaction, id: string, terms: consent.Consent, now: string): void {
  if (terms.id !== id) refuse('CONSENT_MISMATCH', 'input.id is not the id of the consent');
  if (terms.channel !== tx.channel) refuse('CONSENT_MISMATCH', 'the consent is for another channel');
  tx.organisation(terms.custodian);
  checkGrantee(tx, terms.grantee);
  for (const { grantee, filters } of terms.except) {
    if (grantee !== undefined) checkGrantee(tx, grantee);
    if (grantee === undefined && filters === undefined) invalid('an exception of everything');
    checkPeriod(filters);
  }
  checkPeriod(terms.filters);
  checkDistinct(terms.permissions);
  checkDistinct(terms.purposes);
  if (terms.expiresAt <= terms.notBefore) invalid('it expires before it begins');
  if (terms.expiresAt <= now) refuse('CONSENT_EXPIRED', 'the consent has expired');
}

function checkGrantee(tx: Transaction, grantee: consent.Grantee): void {
  tx.organisation(grantee.organisation);
  if (grantee.kind === 'role' && !PRACTITIONER_ROLES.includes(grantee.role)) {
    invalid('a role that no practitioner has');
  }
}

function checkPeriod(filters: consent.Filters | undefined): void {
  if (filters?.period !== undefined && filters.period.to < filters.period.from) {
    invalid('a period that ends before it begins');
  }
}

function checkDistinct(values: readonly string[]): void {
  if (new Set(values).size !== values.length) invalid('a permission or purpose twice');
}

function invalid(what: string): never {
  return refuse('INVALID_ARGUMENT', `consent: ${what}`);
}
