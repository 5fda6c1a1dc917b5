import { keyId, type directory } from '../api/index.js';
import { checkVersion, importKey, refuse, type Handler, type Transaction } from '../ledger/index.js';
import { PATIENT, PATIENT_KEYS } from './kinds.js';
import { REGISTRARS, STAFF } from './roles.js';

/** Registers a pseudonym at the caller's organisation, which becomes its custodian, with its first keys. */
export const registerPatient: Handler<'directory:registerPatient', directory.Patient> = async (
  tx,
  { id },
  { keys, salt },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole(...REGISTRARS);
  await tx.assets.requireAbsent(PATIENT, id);
  const updatedAt = tx.timestamp;
  const kids = keys.map((jwk) => {
    importKey(jwk);
    return keyId(jwk);
  });
  if (new Set(kids).size !== kids.length) refuse('INVALID_ARGUMENT', 'private.keys: one key twice');
  const custodian = tx.caller.organisation.name;
  const patient: directory.Patient = {
    type: 'patient',
    id,
    custodian,
    status: 'registered',
    version: 1,
    updatedAt,
  };
  await tx.assets.put(PATIENT, patient);
  await tx.care.put(PATIENT_KEYS, {
    type: 'patient-keys',
    patient: id,
    custodian,
    keys: keys.map((jwk) => ({ kid: keyId(jwk), jwk, effectiveFrom: updatedAt })),
    status: 'registered',
    salt,
    version: 1,
    updatedAt,
  });
  return patient;
};

/** A second care organisation proofed the registration; only then do the patient's keys grant anything. */
export const confirmPatient: Handler<'directory:confirmPatient', directory.Patient> = async (
  tx,
  { id, expectedVersion },
) => {
  const patient = await requirePatientOfOthers(tx, id);
  checkVersion(patient, expectedVersion);
  if (patient.status !== 'registered') refuse('INVALID_STATE', `patient is ${patient.status}`);
  await saveStanding(tx, id, { status: 'confirmed' });
  return savePatient(tx, patient, { status: 'confirmed', confirmedBy: tx.caller.organisation.name });
};

/** The custodian found that two of its pseudonyms are one person; nothing changes until it is confirmed. */
export const mergePatients: Handler<'directory:mergePatients', directory.Patient> = async (
  tx,
  { from, into },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'clerk');
  const [source] = await requireMergeable(tx, from, into);
  tx.caller.requireOrganisation(source.custodian);
  return savePatient(tx, source, { mergedInto: into });
};

/**
 * A second care organisation agrees, as with a registration: without it a custodian could put a pseudonym under
 * somebody else's keys. From here on `into` speaks for the records of `from`.
 */
export const confirmMerge: Handler<'directory:confirmMerge', directory.Patient> = async (
  tx,
  { from, into },
) => {
  await requirePatientOfOthers(tx, from);
  const [source] = await requireMergeable(tx, from, into);
  if (source.mergedInto !== into) refuse('INVALID_STATE', 'the custodian has not asked for this merge');
  await saveStanding(tx, from, { status: 'merged', mergedInto: into });
  return savePatient(tx, source, { status: 'merged' });
};

export const getPatient: Handler<'directory:getPatient', directory.Patient> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(PATIENT, id);
};

/** Somebody of another organisation answers for it: of two gateways none has seen a person. */
async function requirePatientOfOthers(tx: Transaction, id: string): Promise<directory.Patient> {
  tx.caller.requireCare();
  await tx.caller.requireRole(...STAFF);
  const patient = await tx.assets.require(PATIENT, id);
  if (patient.custodian === tx.caller.organisation.name) {
    refuse('SELF_APPROVAL', 'another care organisation than the custodian confirms');
  }
  return patient;
}

async function requireMergeable(
  tx: Transaction,
  from: string,
  into: string,
): Promise<[directory.Patient, directory.Patient]> {
  if (from === into) refuse('INVALID_ARGUMENT', 'a patient is not merged into itself');
  const pair: [directory.Patient, directory.Patient] = [
    await tx.assets.require(PATIENT, from),
    await tx.assets.require(PATIENT, into),
  ];
  if (pair[0].custodian !== pair[1].custodian) {
    refuse('UNAUTHORIZED_ORGANISATION', 'the two have different custodians');
  }
  for (const { status } of pair) {
    if (status !== 'confirmed') refuse('INVALID_STATE', `patient is ${status}`);
  }
  return pair;
}

async function savePatient(
  tx: Transaction,
  before: directory.Patient,
  change: Partial<directory.Patient>,
): Promise<directory.Patient> {
  const after = tx.next(before, change);
  await tx.assets.put(PATIENT, after);
  return after;
}

async function saveStanding(
  tx: Transaction,
  id: string,
  change: Pick<directory.PatientKeys, 'status' | 'mergedInto'>,
): Promise<void> {
  const keys = await tx.care.require(PATIENT_KEYS, id);
  await tx.care.put(PATIENT_KEYS, tx.next(keys, change));
}
