import { PRACTITIONER_ROLES, type Change, type directory } from '../api/index.js';
import { refuse, type Handler, type Transaction } from '../ledger/index.js';
import { TREATMENT } from './kinds.js';
import { requireOwnPatient } from './relations.js';
import { REGISTRARS } from './roles.js';

type Treatment = directory.Treatment;
/**
 * The custodian says that one of its practitioners treats one of its patients. There is one relation per pair: a
 * new one follows when the old is closed or over. Whether the practitioner is approved is asked at each access, so
 * that no public key read here names the practitioner.
 */
export const openTreatment: Handler<'directory:openTreatment', Change> = async (tx, { id }, priv) => {
  await requireRegistrar(tx);
  await requireOwnPatient(tx, priv.patient);
  const before = await tx.care.get(TREATMENT, priv.patient, priv.practitioner);
  const now = tx.timeFor(before?.updatedAt);
  if (priv.until <= now || priv.until <= priv.from) refuse('INVALID_ARGUMENT', 'private.until: too early');
  if (before?.status === 'open' && before.until > now) refuse('ALREADY_EXISTS', 'a treatment is open');
  if (before?.id === id) refuse('ALREADY_EXISTS', 'treatment exists');
  return save(tx, {
    type: 'treatment',
    id,
    custodian: tx.caller.organisation.name,
    ...priv,
    status: 'open',
    version: (before?.version ?? 0) + 1,
    updatedAt: now,
  });
};

export const closeTreatment: Handler<'directory:closeTreatment', Change> = async (
  tx,
  { id },
  { patient, practitioner, salt },
) => {
  await requireRegistrar(tx);
  const before = await requireTreatment(tx, id, patient, practitioner);
  tx.caller.requireOrganisation(before.custodian);
  if (before.status !== 'open') refuse('INVALID_STATE', 'treatment is closed');
  return save(tx, tx.next(before, { status: 'closed', salt }));
};

export const getTreatment: Handler<'directory:getTreatment', Treatment> = async (tx, { id }, priv) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'gateway', 'auditor', ...PRACTITIONER_ROLES);
  return requireTreatment(tx, id, priv.patient, priv.practitioner);
};

async function requireTreatment(
  tx: Transaction,
  id: string,
  patient: string,
  practitioner: string,
): Promise<Treatment> {
  const treatment = await tx.care.require(TREATMENT, patient, practitioner);
  return treatment.id === id ? treatment : refuse('NOT_FOUND', 'no such treatment');
}

async function requireRegistrar(tx: Transaction): Promise<void> {
  tx.caller.requireCare();
  await tx.caller.requireRole(...REGISTRARS);
}

/** The answer and the event name neither patient nor practitioner. */
async function save(tx: Transaction, treatment: Treatment): Promise<Change> {
  await tx.care.put(TREATMENT, treatment);
  const { type, id, status, version } = treatment;
  const change: Change = { type, id, status, version };
  tx.changes.add(change);
  return change;
}
