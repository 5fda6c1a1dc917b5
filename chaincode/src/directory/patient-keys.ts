import { JWS_TYPES, PRACTITIONER_ROLES, directory, keyId, type Change } from '../api/index.js';
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
import { PATIENT_KEYS } from './kinds.js';

type Keys = directory.PatientKeys;
const MAX_KEYS = 16;

/**
 * Adds a device key that an active key signed for. It waits for the consortium's delay, so that the patient's
 * other devices hear of it before it signs anything.
 */
export const addPatientKey: Handler<'directory:addPatientKey', Change> = async (tx, { id }, priv) => {
  const statement = readStatement(priv.jws, JWS_TYPES.key, directory.KeyAddition);
  const { before, now } = await requireSigned(tx, id, statement);
  const { key } = statement.payload;
  importKey(key);
  const kid = keyId(key);
  if (before.keys.some((known) => known.kid === kid)) refuse('ALREADY_EXISTS', 'the key is known');
  if (before.keys.length >= MAX_KEYS) refuse('INVALID_STATE', `at most ${String(MAX_KEYS)} keys`);
  const effectiveFrom = plusSeconds(now, tx.consortium.keyDelaySeconds);
  return save(tx, id, before, [...before.keys, { kid, jwk: key, effectiveFrom }], priv.salt);
};

/** Revokes a key, at once and for ever, by any active key; one key always remains. */
export const revokePatientKey: Handler<'directory:revokePatientKey', Change> = async (tx, { id }, priv) => {
  const statement = readStatement(priv.jws, JWS_TYPES.key, directory.KeyRevocation);
  const { before, now } = await requireSigned(tx, id, statement);
  const { kid } = statement.payload;
  const target = before.keys.find((known) => known.kid === kid) ?? refuse('NOT_FOUND', 'no such key');
  if (target.revokedAt !== undefined) refuse('KEY_NOT_ACTIVE', 'the key is revoked');
  if (!before.keys.some((other) => other.kid !== kid && other.revokedAt === undefined)) {
    refuse('INVALID_STATE', 'the last key: add another first');
  }
  const keys = before.keys.map((known) => (known.kid === kid ? { ...known, revokedAt: now } : known));
  return save(tx, id, before, keys, priv.salt);
};

/** @returns all keys with their dates; to care organisations, to a patient only its own. */
export const getPatientKeys: Handler<'directory:getPatientKeys', Keys> = async (tx, { id }) => {
  tx.caller.requireCare();
  if (tx.caller.role !== 'patient') {
    await tx.caller.requireRole('admin', 'gateway', 'auditor', ...PRACTITIONER_ROLES);
  } else if (tx.caller.subject !== id) {
    refuse('UNAUTHORIZED_ROLE', "another patient's keys");
  }
  return tx.care.require(PATIENT_KEYS, id);
};

/**
 * The patient's key of that thumbprint, able to sign at that time.
 * @throws ContractError KEY_NOT_ACTIVE where it is unknown, revoked or not yet effective.
 */
export function requireActiveKey(keys: Keys, kid: string, now: string): directory.PatientKey {
  return (
    activeKey(keys, kid, now) ?? refuse('KEY_NOT_ACTIVE', 'the key is unknown, revoked or not yet in force')
  );
}

/** As requireActiveKey; undefined where there is none. */
export function activeKey(keys: Keys, kid: string, now: string): directory.PatientKey | undefined {
  return keys.keys.find(
    (known) => known.kid === kid && known.revokedAt === undefined && known.effectiveFrom <= now,
  );
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
): Promise<{ before: Keys; now: string }> {
  const { payload } = statement;
  tx.caller.requireCare();
  await tx.caller.requireRole('patient', 'admin', 'gateway', ...PRACTITIONER_ROLES);
  if (payload.id !== id) refuse('INVALID_ARGUMENT', 'input.id is not the id that was signed');
  if (payload.channel !== tx.channel) refuse('SIGNATURE_INVALID', 'signed for another channel');
  const before = await tx.care.require(PATIENT_KEYS, payload.patient);
  if (before.custodian !== payload.custodian) refuse('SIGNATURE_INVALID', 'signed for another custodian');
  const now = tx.timeFor(before.updatedAt);
  if (payload.expiresAt <= now) refuse('SIGNATURE_INVALID', 'the statement has expired');
  verifyStatement(statement, requireActiveKey(before, statement.kid, now).jwk);
  return { before, now };
}

/** The answer and the event say that keys changed, not whose. */
async function save(
  tx: Transaction,
  id: string,
  before: Keys,
  keys: directory.PatientKey[],
  salt: string,
): Promise<Change> {
  const after = tx.next(before, { keys, salt });
  await tx.care.put(PATIENT_KEYS, after);
  const change: Change = { type: 'patient-keys', id, version: after.version };
  tx.changes.add(change);
  return change;
}
