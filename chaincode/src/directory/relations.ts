import { keyId, type directory } from '../api/index.js';
import { checkVersion, hashOf, importKey, refuse, type Handler, type Transaction } from '../ledger/index.js';
import { PATIENT, RELATION, RELATION_DETAILS } from './kinds.js';
import { STAFF } from './roles.js';

type Relation = directory.Relation;

/** The custodian writes down a guardian or proxy; it signs for the patient once another person confirmed it. */
export const recordRelation: Handler<'directory:recordRelation', Relation> = async (tx, { id }, priv) => {
  await requireStaff(tx);
  await tx.assets.requireAbsent(RELATION, id);
  const custodian = tx.caller.organisation.name;
  await requireOwnPatient(tx, priv.patient);
  if (priv.expiresAt <= tx.timestamp) refuse('INVALID_ARGUMENT', 'private.expiresAt: has passed');
  importKey(priv.holder);
  const details: directory.RelationDetails = {
    type: 'relation-details',
    id,
    custodian,
    ...priv,
    kid: keyId(priv.holder),
  };
  const relation: Relation = {
    type: 'relation',
    id,
    custodian,
    status: 'recorded',
    detailsHash: hashOf(details),
    recordedBy: tx.caller.subject,
    version: 1,
    updatedAt: tx.timestamp,
  };
  await tx.assets.put(RELATION, relation);
  await tx.care.put(RELATION_DETAILS, details);
  return relation;
};

export const confirmRelation: Handler<'directory:confirmRelation', Relation> = async (
  tx,
  { id, expectedVersion },
) => {
  const relation = await requireOwnRelation(tx, id, expectedVersion);
  if (relation.recordedBy === tx.caller.subject) refuse('SELF_APPROVAL', 'another person confirms');
  if (relation.status !== 'recorded') refuse('INVALID_STATE', `relation is ${relation.status}`);
  return save(tx, relation, 'confirmed');
};

/** Ends a relation; consents that were signed under it stay until they are revoked or expire. */
export const endRelation: Handler<'directory:endRelation', Relation> = async (
  tx,
  { id, expectedVersion },
) => {
  const relation = await requireOwnRelation(tx, id, expectedVersion);
  if (relation.status === 'ended') refuse('INVALID_STATE', 'relation is ended');
  return save(tx, relation, 'ended');
};

export const getRelation: Handler<'directory:getRelation', Relation> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(RELATION, id);
};

/** @throws ContractError NOT_FOUND, UNAUTHORIZED_ORGANISATION, INVALID_STATE unless it is the caller's own patient. */
export async function requireOwnPatient(tx: Transaction, patient: string): Promise<void> {
  const { custodian, status } = await tx.care.require(PATIENT, patient);
  tx.caller.requireOrganisation(custodian);
  if (status === 'merged') refuse('INVALID_STATE', 'patient is merged');
}

async function requireStaff(tx: Transaction): Promise<void> {
  tx.caller.requireCare();
  await tx.caller.requireRole(...STAFF);
}

async function requireOwnRelation(tx: Transaction, id: string, expectedVersion?: number): Promise<Relation> {
  await requireStaff(tx);
  const relation = await tx.assets.require(RELATION, id);
  tx.caller.requireOrganisation(relation.custodian);
  checkVersion(relation, expectedVersion);
  return relation;
}

async function save(tx: Transaction, before: Relation, status: Relation['status']): Promise<Relation> {
  const after = tx.next(before, { status });
  await tx.assets.put(RELATION, after);
  return after;
}
