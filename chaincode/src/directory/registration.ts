import { isCare, type directory } from '../api/index.js';
import { checkVersion, hashOf, refuse, type Transaction } from '../ledger/index.js';
import { PATIENT, REGISTRATION } from './kinds.js';
import { STAFF } from './roles.js';

type Patient = directory.Patient;

/**
 * Writes a patient, and the public stub of its registration, which says how far it has come and not whose it is.
 * @returns the stub: what a transaction answers stands on the chain, too
 */
export async function putPatient(tx: Transaction, patient: Patient): Promise<directory.Registration> {
  const { registration, custodian, status, confirmedBy, version, updatedAt } = patient;
  const stub: directory.Registration = {
    type: 'registration',
    id: registration,
    custodian,
    status,
    confirmedBy,
    detailsHash: hashOf(patient),
    version,
    updatedAt,
  };
  await tx.assets.put(REGISTRATION, stub);
  await tx.care.put(PATIENT, patient);
  return stub;
}

/**
 * The patient whose registration a step names.
 * @throws ContractError NOT_FOUND (no such patient, or its registration is another), VERSION_CONFLICT
 */
export async function requireRegistered(
  tx: Transaction,
  { id, expectedVersion }: { id: string; expectedVersion?: number | undefined },
  pseudonym: string,
): Promise<Patient> {
  const patient = await tx.care.require(PATIENT, pseudonym);
  if (patient.registration !== id) refuse('NOT_FOUND', 'no such registration of that patient');
  checkVersion(patient, expectedVersion);
  return patient;
}

/**
 * The caller may answer for another organisation's patient: of two gateways none has seen a person.
 * @throws ContractError UNAUTHORIZED_ORGANISATION, UNAUTHORIZED_ROLE, SELF_APPROVAL
 */
export async function requireSecond(tx: Transaction, { custodian }: Patient): Promise<void> {
  tx.caller.requireCare();
  await tx.caller.requireRole(...STAFF);
  if (custodian === tx.caller.organisation.name) {
    const others = tx.consortium.organisations.filter(({ name, kind }) => isCare(kind) && name !== custodian);
    const reason = others.length > 0 ? '' : ', and the consortium has none';
    refuse('SELF_APPROVAL', `another care organisation than the custodian confirms${reason}`);
  }
}
