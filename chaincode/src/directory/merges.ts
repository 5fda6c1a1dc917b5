import type { directory } from '../api/index.js';
import { refuse, type Handler, type Transaction } from '../ledger/index.js';
import { PATIENT } from './kinds.js';
import { putPatient, requireRegistered, requireSecond } from './registration.js';

type Patient = directory.Patient;

/** The custodian found that two of its pseudonyms are one person; nothing changes until it is confirmed. */
export const mergePatients: Handler<'directory:mergePatients', directory.Registration> = async (
  tx,
  input,
  { patient, into },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'clerk');
  const source = await requireRegistered(tx, input, patient);
  tx.caller.requireOrganisation(source.custodian);
  await requireMergeable(tx, source, into);
  return putPatient(tx, tx.next(source, { mergedInto: into }));
};

/**
 * A second care organisation agrees, as with a registration: without it a custodian could put a pseudonym under
 * somebody else's keys. From here on `into` speaks for the records of `patient`.
 */
export const confirmMerge: Handler<'directory:confirmMerge', directory.Registration> = async (
  tx,
  input,
  { patient, into },
) => {
  tx.caller.requireCare();
  const source = await requireRegistered(tx, input, patient);
  await requireSecond(tx, source);
  await requireMergeable(tx, source, into);
  if (source.mergedInto !== into) refuse('INVALID_STATE', 'the custodian has not asked for this merge');
  return putPatient(tx, tx.next(source, { status: 'merged' }));
};

async function requireMergeable(tx: Transaction, source: Patient, into: string): Promise<void> {
  if (source.id === into) refuse('INVALID_ARGUMENT', 'a patient is not merged into itself');
  const target = await tx.care.require(PATIENT, into);
  if (source.custodian !== target.custodian) {
    refuse('UNAUTHORIZED_ORGANISATION', 'the two have different custodians');
  }
  for (const { status } of [source, target]) {
    if (status !== 'confirmed') refuse('INVALID_STATE', `patient is ${status}`);
  }
}
