import { JWS_TYPES, PRACTITIONER_ROLES, directory, keyId } from '../api/index.js';
import {
  importKey,
  plusSeconds,
  readStatement,
  refuse,
  verifyStatement,
  type Handler,
  type SignedStatement,
  type Transaction,
} from '../ledger/index.js';
import { PATIENT } from './kinds.js';
import { putPatient } from './registration.js';

type Patient = directory.Patient;
type Registration = directory.Registration;
const MAX_KEYS = 16;

/**
 * Adds a device key that an active key signed for. It waits for the consortium's delay, so that the patient's
 * other devices hear of it, and may revoke it, before it signs anything.
 */
export const addPatientKey: Handler<'directory:addPatientKey', Registration> = async (tx, { id }, priv) => {
  const statement = readStatement(priv.jws, JWS_TYPES.key, directory.KeyAddition);
  const { before, now } = await requireSigned(tx, id, statement);
  const { key } = statement.payload;
  importKey(key);
  const kid = keyId(key);
  if (before.keys.some((known) => known.kid === kid)) refuse('ALREADY_EXISTS', 'the key is known');
  if (before.keys.length >= MAX_KEYS) refuse('INVALID_STATE', `at most ${String(MAX_KEYS)} keys`);
  const effectiveFrom = plusSeconds(now, tx.consortium.keyDelaySeconds);
  const added = { kid, jwk: key, addedIn: before.version + 1, effectiveFrom };
  return putPatient(tx, tx.next(before, { keys: [...before.keys, added], salt: priv.salt }));
};

/** Revokes a key, also one that still waits, at once and for ever, by any active key; one key always remains. */
export const revokePatientKey: Handler<'directory:revokePatientKey', Registration> = async (
  tx,
  { id },
  priv,
) => {
  const statement = readStatement(priv.jws, JWS_TYPES.key, directory.KeyRevocation);
  const { before, now } = await requireSigned(tx, id, statement);
  const { kid } = statement.payload;
  const target = before.keys.find((known) => known.kid === kid) ?? refuse('NOT_FOUND', 'no such key');
  if (target.revokedAt !== undefined) refuse('KEY_NOT_ACTIVE', 'the key is revoked');
  if (!before.keys.some((other) => other.kid !== kid && other.revokedAt === undefined)) {
    refuse('INVALID_STATE', 'the last key: add another first');
  }
  const revoked = { ...target, revokedIn: before.version + 1, revokedAt: now };
  const keys = before.keys.map((known) => (known.kid === kid ? revoked : known));
  return putPatient(tx, tx.next(before, { keys, salt: priv.salt }));
};

/**
 * The patient's key of that thumbprint, able to sign at that time.
 * @throws ContractError KEY_NOT_ACTIVE where it is unknown, revoked or not yet effective.
 */
export function requireActiveKey(patient: Patient, kid: string, now: string): directory.PatientKey {
  return (
    activeKey(patient, kid, now) ??
    refuse('KEY_NOT_ACTIVE', 'the key is unknown, revoked or not yet in force')
  );
}

/** As requireActiveKey; undefined where there is none. */
function activeKey({ keys }: Patient, kid: string, now: string): directory.PatientKey | undefined {
  return keys.find(
    (known) => known.kid === kid && known.revokedAt === undefined && known.effectiveFrom <= now,
  );
}

/** The active key of that thumbprint, of the patient or of one that it was merged into; undefined where there is none. */
export async function keyOfPerson(
  tx: Transaction,
  patient: Patient,
  kid: string,
  now: string,
): Promise<directory.PatientKey | undefined> {
  for (let last = patient; ;) {
    const own = activeKey(last, kid, now);
    if (own !== undefined || last.status !== 'merged' || last.mergedInto === undefined) return own;
    last = await tx.care.require(PATIENT, last.mergedInto);
  }
}

/** Checks that hold for both statements about keys: who brings it, what it binds, who signed. */
async function requireSigned(
  tx: Transaction,
  id: string,
  statement: SignedStatement<{
    id: string;
    channel: string;
    custodian: string;
    patient: string;
    expiresAt: string;
  }>,
): Promise<{ before: Patient; now: string }> {
  const { payload } = statement;
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'gateway', ...PRACTITIONER_ROLES);
  if (payload.id !== id) refuse('INVALID_ARGUMENT', 'input.id is not the id that was signed');
  if (payload.channel !== tx.channel) refuse('SIGNATURE_INVALID', 'signed for another channel');
  const before = await tx.care.require(PATIENT, payload.patient);
  if (before.custodian !== payload.custodian) refuse('SIGNATURE_INVALID', 'signed for another custodian');
  const now = tx.timeFor(before.updatedAt);
  if (payload.expiresAt <= now) refuse('SIGNATURE_INVALID', 'the statement has expired');
  verifyStatement(statement, requireActiveKey(before, statement.kid, now).jwk);
  return { before, now };
}
