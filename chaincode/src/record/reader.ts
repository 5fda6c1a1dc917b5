import { JWS_TYPES, record } from '../api/index.js';
import type { Person } from '../consent/grantee.js';
import { PATIENT } from '../directory/kinds.js';
import { keyOfPerson } from '../directory/patient-keys.js';
import { readStatement, refuse, verifyStatement, type Transaction } from '../ledger/index.js';
import { requesterOf } from './granted.js';

/** Who works for a care organisation signs the transaction. @throws ContractError PRACTITIONER_NOT_APPROVED */
export async function requireReader(tx: Transaction, { jws }: record.AccessPrivate): Promise<Person> {
  await tx.caller.requireApproved();
  if (jws !== undefined) refuse('INVALID_ARGUMENT', 'private.jws: only with the basis legal');
  return requesterOf(tx);
}

/**
 * A patient signs a statement, and the custodian's gateway carries it.
 * @throws ContractError SIGNATURE_INVALID (none, forged, expired, about something else), KEY_NOT_ACTIVE, and where the
 *   caller is no such gateway UNAUTHORIZED_ROLE, UNAUTHORIZED_ORGANISATION
 */
export async function requireOwner(
  tx: Transaction,
  id: string,
  { leaf, meta, jws }: record.AccessPrivate,
): Promise<Person> {
  if (jws === undefined) return refuse('SIGNATURE_INVALID', "the patient's signature is needed");
  await tx.caller.requireRole('gateway');
  tx.caller.requireOrganisation(leaf.custodian);
  const statement = readStatement(jws, JWS_TYPES.access, record.AccessStatement);
  const { payload, kid } = statement;
  if (payload.id !== id) refuse('INVALID_ARGUMENT', 'input.id is not the id that was signed');
  if (payload.channel !== tx.channel) refuse('SIGNATURE_INVALID', 'signed for another channel');
  if (payload.custodian !== leaf.custodian) refuse('SIGNATURE_INVALID', 'signed for another custodian');
  if (payload.record !== leaf.record) refuse('SIGNATURE_INVALID', 'signed for another record');
  if (payload.patient !== meta.patient) refuse('SIGNATURE_INVALID', 'signed for another patient');
  const patient = await tx.care.require(PATIENT, payload.patient);
  const now = tx.timeFor(patient.updatedAt);
  if (payload.expiresAt <= now) refuse('SIGNATURE_INVALID', 'the statement has expired');
  const key = await keyOfPerson(tx, patient, kid, now);
  if (key === undefined) return refuse('KEY_NOT_ACTIVE', 'the key is unknown, revoked or not yet in force');
  verifyStatement(statement, key.jwk);
  return { organisation: payload.custodian, subject: payload.patient, role: 'patient' };
}
