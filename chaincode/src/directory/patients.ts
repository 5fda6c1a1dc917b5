import { PRACTITIONER_ROLES, keyId, type directory } from '../api/index.js';
import { importKey, refuse, type Handler } from '../ledger/index.js';
import { PATIENT, REGISTRATION } from './kinds.js';
import { putPatient, requireRegistered, requireSecond } from './registration.js';
import { REGISTRARS } from './roles.js';

type Registration = directory.Registration;

/**
 * Registers a pseudonym at the caller's organisation, which becomes its custodian, with its first keys. In public
 * there is a registration of a random id: whoever knows the pseudonym from a bill finds nothing under it.
 */
export const registerPatient: Handler<'directory:registerPatient', Registration> = async (
  tx,
  { id },
  { patient, keys, salt },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole(...REGISTRARS);
  if (id === patient) refuse('INVALID_ARGUMENT', 'input.id: the registration is not named by the pseudonym');
  await tx.assets.requireAbsent(REGISTRATION, id);
  if ((await tx.care.get(PATIENT, patient)) !== undefined) refuse('ALREADY_EXISTS', 'patient exists');
  const updatedAt = tx.timestamp;
  const first = keys.map((jwk) => {
    importKey(jwk);
    return { kid: keyId(jwk), jwk, addedIn: 1, effectiveFrom: updatedAt };
  });
  if (new Set(first.map(({ kid }) => kid)).size !== first.length) {
    refuse('INVALID_ARGUMENT', 'private.keys: one key twice');
  }
  return putPatient(tx, {
    type: 'patient',
    id: patient,
    registration: id,
    custodian: tx.caller.organisation.name,
    status: 'registered',
    keys: first,
    salt,
    version: 1,
    updatedAt,
  });
};

/** A second care organisation proofed the registration; only then do the patient's keys grant anything. */
export const confirmPatient: Handler<'directory:confirmPatient', Registration> = async (tx, input, priv) => {
  tx.caller.requireCare();
  const patient = await requireRegistered(tx, input, priv.patient);
  await requireSecond(tx, patient);
  if (patient.status !== 'registered') refuse('INVALID_STATE', `patient is ${patient.status}`);
  const confirmedBy = tx.caller.organisation.name;
  return putPatient(tx, tx.next(patient, { status: 'confirmed', confirmedBy }));
};

/** What everybody sees of a registration. */
export const getRegistration: Handler<'directory:getRegistration', Registration> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(REGISTRATION, id);
};

/** A patient and all its keys with their dates; to care organisations, to a patient only its own. */
export const getPatient: Handler<'directory:getPatient', directory.Patient> = async (
  tx,
  _input,
  { patient },
) => {
  tx.caller.requireCare();
  if (tx.caller.role !== 'patient') {
    await tx.caller.requireRole('admin', 'gateway', 'auditor', ...PRACTITIONER_ROLES);
  } else if (tx.caller.subject !== patient) {
    refuse('UNAUTHORIZED_ROLE', 'another patient');
  }
  return tx.care.require(PATIENT, patient);
};
