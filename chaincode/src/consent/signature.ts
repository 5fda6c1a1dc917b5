import type { PublicJwk, directory } from '../api/index.js';
import { RELATION, RELATION_DETAILS } from '../directory/kinds.js';
import { requireActiveKey } from '../directory/patient-keys.js';
import { refuse, verifyStatement, type SignedStatement, type Transaction } from '../ledger/index.js';

/** Whose records a statement is about. */
interface Subject {
  readonly patient: string;
  readonly custodian: string;
}

/**
 * Verifies that a statement is signed by an active key of the patient, or, where a relation is named, by the
 * holder of that confirmed relation.
 * @throws ContractError KEY_NOT_ACTIVE, SIGNATURE_INVALID, CONSENT_MISMATCH (the relation is about others),
 *   NOT_FOUND (no such relation), INVALID_STATE (the relation is not in force)
 */
export async function verifySigner(
  tx: Transaction,
  statement: SignedStatement<Subject>,
  patient: directory.Patient,
  relation: string | undefined,
  now: string,
): Promise<void> {
  const jwk =
    relation === undefined
      ? requireActiveKey(patient, statement.kid, now).jwk
      : await holderKey(tx, statement, relation, now);
  verifyStatement(statement, jwk);
}

async function holderKey(
  tx: Transaction,
  { kid, payload }: SignedStatement<Subject>,
  relation: string,
  now: string,
): Promise<PublicJwk> {
  const { status } = await tx.assets.require(RELATION, relation);
  const details = await tx.care.require(RELATION_DETAILS, relation);
  if (details.patient !== payload.patient || details.custodian !== payload.custodian) {
    refuse('CONSENT_MISMATCH', 'the relation is about another patient');
  }
  if (status !== 'confirmed' || details.expiresAt <= now) {
    refuse('INVALID_STATE', 'the relation is not in force');
  }
  return details.kid === kid ? details.holder : refuse('KEY_NOT_ACTIVE', 'not the key of the relation');
}
