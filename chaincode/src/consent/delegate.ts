import type { consent } from '../api/index.js';
import { refuse, type Handler } from '../ledger/index.js';
import { MAX_CHAIN, readChain } from './decision-state.js';
import { refuseStanding } from './decide.js';
import { isWithinFilters } from './filters.js';
import { open } from './grant.js';
import { isGrantee, isWithinGrantee } from './grantee.js';
import { CONSENT } from './kinds.js';
import { checkTerms } from './terms.js';

/**
 * A grantee with `delegate` passes on no more than it has. Each decision goes through the whole chain again, so
 * that a delegation ends with any consent that it comes from.
 */
export const delegate: Handler<'consent:delegate', consent.ConsentState> = async (
  tx,
  { id, parent },
  priv,
) => {
  const { consent: terms, salt } = priv;
  tx.caller.requireCare();
  await tx.caller.requireApproved();
  const chain = await readChain(tx, parent);
  const [from] = chain;
  if (from === undefined) return refuse('NOT_FOUND', 'no such consent');
  const now = tx.timeFor(...chain.map(({ state }) => state.updatedAt));
  checkTerms(tx, id, terms, now);
  await tx.assets.requireAbsent(CONSENT, id);
  for (const link of chain) {
    const refusal = refuseStanding(link, now);
    if (refusal !== undefined) refuse(refusal.code, refusal.reason);
  }
  const { organisation, role, subject } = tx.caller;
  if (!isGrantee(from.consent.grantee, { organisation: organisation.name, role, subject })) {
    refuse('ACCESS_DENIED', 'the consent is given to somebody else');
  }
  if (!from.consent.permissions.includes('delegate')) refuse('ACCESS_DENIED', 'no permission to delegate');
  if (chain.length >= MAX_CHAIN) refuse('DELEGATION_EXCEEDED', 'the chain of delegations is too long');
  checkWithin(terms, from.consent);
  return open(tx, terms, { assurance: 'delegated', actor: subject, parent, salt });
};

/** @throws ContractError CONSENT_MISMATCH (other patient or custodian), DELEGATION_EXCEEDED */
export function checkWithin(inner: consent.Consent, outer: consent.Consent): void {
  if (inner.patient !== outer.patient || inner.custodian !== outer.custodian) {
    refuse('CONSENT_MISMATCH', 'the delegation is about another patient');
  }
  if (inner.replaces !== undefined || inner.relation !== undefined) {
    refuse('INVALID_ARGUMENT', 'consent: a delegation replaces nothing and names no relation');
  }
  const tooWide = !isWithinGrantee(inner.grantee, outer.grantee)
    ? 'grantee'
    : !inner.permissions.every((permission) => outer.permissions.includes(permission))
      ? 'permissions'
      : !inner.purposes.every((purpose) => outer.purposes.includes(purpose))
        ? 'purposes'
        : !isWithinFilters(inner.filters, outer.filters)
          ? 'filters'
          : inner.notBefore < outer.notBefore
            ? 'notBefore'
            : inner.expiresAt > outer.expiresAt
              ? 'expiresAt'
              : undefined;
  if (tooWide !== undefined) refuse('DELEGATION_EXCEEDED', `${tooWide} beyond what was given`);
}
