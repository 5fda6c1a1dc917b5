import { PRACTITIONER_ROLES, directory, type Change } from '../api/index.js';
import { refuse, type Handler, type Transaction } from '../ledger/index.js';
import { TREATMENT } from './kinds.js';
import { requireOwnPatient } from './relations.js';
import { STAFF } from './roles.js';

type Treatment = directory.Treatment;
const HOUR_MS = 3_600_000;

/**
 * The custodian says that one of its practitioners treats one of its patients. There is one relation per pair: a
 * new one follows when the old is closed or over. Nobody lets itself in for long: a practitioner opens its own
 * relation for three days at most, and another person answers for a longer one. Whether the practitioner is approved
 * is asked at each access, so that no public key read here names the practitioner.
 */
export const openTreatment: Handler<'directory:openTreatment', Change> = async (tx, { id }, priv) => {
  await requireRegistrar(tx);
  await requireOwnPatient(tx, priv.patient);
  const before = await tx.care.get(TREATMENT, priv.patient, priv.practitioner);
  const now = tx.timeFor(before?.updatedAt);
  if (priv.until <= now || priv.until <= priv.from) refuse('INVALID_ARGUMENT', 'private.until: too early');
  checkLength(tx, priv);
  if (before?.status === 'open' && before.until > now) refuse('ALREADY_EXISTS', 'a treatment is open');
  if (before?.id === id) refuse('ALREADY_EXISTS', 'treatment exists');
  return save(tx, {
    type: 'treatment',
    id,
    custodian: tx.caller.organisation.name,
    ...priv,
    openedBy: tx.caller.subject,
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

/** @throws ContractError SELF_APPROVAL (another person opens a longer one), INVALID_ARGUMENT */
function checkLength(
  { caller }: Transaction,
  { practitioner, from, until }: { practitioner: string; from: string; until: string },
): void {
  const hours = (Date.parse(until) - Date.parse(from)) / HOUR_MS;
  if (hours > directory.TREATMENT_DAYS * 24) {
    refuse('INVALID_ARGUMENT', `private.until: at most ${String(directory.TREATMENT_DAYS)} days after from`);
  }
  if (caller.subject === practitioner && hours > directory.OWN_TREATMENT_HOURS) {
    const most = `${String(directory.OWN_TREATMENT_HOURS)} hours`;
    refuse('SELF_APPROVAL', `another person opens a relation of more than ${most}`);
  }
}

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
  await tx.caller.requireRole(...STAFF);
}

/** The answer and the event name neither patient nor practitioner. */
async function save(tx: Transaction, treatment: Treatment): Promise<Change> {
  await tx.care.put(TREATMENT, treatment);
  const { type, id, status, version } = treatment;
  const change: Change = { type, id, status, version };
  tx.changes.add(change);
  return change;
}
