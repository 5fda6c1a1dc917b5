import { PRACTITIONER_ROLES } from '@medaccord/chaincode/api';
import { Problem } from '../errors.js';
import type { Caller, Ledger } from '../ports.js';
import { ExpiringSet } from './expiring-set.js';

/** How long an approval counts without asking again: what a suspension takes to end the reading. */
const FRESH_MS = 5_000;
const REMEMBERED = 10_000;

/** Says whether somebody may act for the organisation now. Only an approval is remembered, never its absence. */
export type Approvals = (caller: Caller) => Promise<boolean>;

/**
 * Asks the own peer. Contracts ask for themselves who signs a transaction; lists, and reads that the gateway signs for
 * somebody whose key is not kept here, pass no contract that could.
 */
export function approvals(ledger: Pick<Ledger, 'evaluate'>, now: () => number = Date.now): Approvals {
  const approved = new ExpiringSet(REMEMBERED, now);
  return async ({ subject, role, organisation }) => {
    if (!PRACTITIONER_ROLES.includes(role)) return true;
    const who = `${subject} ${role}`;
    if (approved.has(who)) return true;
    const practitioner = await ledger
      .evaluate('directory:getPractitioner', { id: subject }, { as: 'service' })
      .catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'NOT_FOUND') return undefined;
        throw error;
      });
    const isApproved =
      practitioner?.status === 'approved' &&
      practitioner.organisation === organisation &&
      practitioner.role === role;
    if (isApproved) approved.add(who, now() + FRESH_MS);
    return isApproved;
  };
}
