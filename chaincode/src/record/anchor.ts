import { record, type Role, type consent } from '../api/index.js';
import { decide, type AccessRequest } from '../consent/decide.js';
import { readDecisionState } from '../consent/decision-state.js';
import { refuse, type Handler, type Transaction } from '../ledger/index.js';
import { checkMeta, isErased } from './anchoring.js';
import { requesterOf, requireGranted } from './granted.js';
import { ANCHOR, ANCHOR_BATCH, ANCHOR_VERSION } from './kinds.js';

type Anchor = record.Anchor;
/** Who writes records: clinical staff, and clerks of the records office. */
const AUTHORS: readonly Role[] = ['doctor', 'nurse', 'technician', 'pharmacist', 'clerk'];

/**
 * Anchors the next version of one record. The author is the caller. Another organisation than the custodian names
 * a consent with `write`; a public key that names the patient is never read, so that nobody can join the two.
 */
export const anchor: Handler<'record:anchor', Anchor> = async (tx, { id, version, leaf }, priv) => {
  tx.caller.requireCare();
  await tx.caller.requireRole(...AUTHORS);
  if (leaf.record !== id || leaf.version !== version) {
    refuse('INVALID_ARGUMENT', 'input.leaf: of another record or version');
  }
  tx.organisation(leaf.custodian);
  checkMeta(leaf, priv.meta, priv.salt);
  if (priv.meta.author !== tx.caller.subject) refuse('ANCHOR_MISMATCH', 'the author is not the caller');
  const writer = tx.caller.organisation.name;
  if (writer !== leaf.custodian) await requireWriteConsent(tx, priv.meta, priv.basis);
  const before = await readNewest(tx, leaf, writer);
  const kept = {
    id,
    version,
    leaf: record.leafHash(leaf),
    custodian: leaf.custodian,
    writer,
    author: tx.caller.subject,
    updatedAt: tx.timeFor(before?.updatedAt),
  };
  const next: Anchor = { type: 'anchor', status: 'anchored', ...kept };
  await tx.assets.put(ANCHOR, next);
  await tx.assets.put(ANCHOR_VERSION, { type: 'anchor-version', ...kept });
  return next;
};

/**
 * Anchors up to 10,000 leaves of the caller's own organisation under one root; the author is the caller, a person. The
 * root shows no leaf: that a version is in two batches, or has an anchor of its own as well, nobody can see here.
 */
export const anchorBatch: Handler<'record:anchorBatch', record.AnchorBatch> = async (
  tx,
  { id, root, size },
) => {
  tx.caller.requireCare();
  await tx.caller.requireRole(...AUTHORS);
  await tx.assets.requireAbsent(ANCHOR_BATCH, id);
  const batch: record.AnchorBatch = {
    type: 'anchor-batch',
    id,
    root,
    size,
    custodian: tx.caller.organisation.name,
    author: tx.caller.subject,
    updatedAt: tx.timestamp,
    version: 1,
  };
  await tx.assets.put(ANCHOR_BATCH, batch);
  return batch;
};

/** @throws ContractError ACCESS_DENIED and what else a decision refuses with */
async function requireWriteConsent(
  tx: Transaction,
  meta: consent.RecordMeta,
  basis: consent.Basis | undefined,
): Promise<void> {
  if (basis?.kind !== 'consent') return refuse('ACCESS_DENIED', 'a consent to write is needed');
  const request: AccessRequest = {
    requester: requesterOf(tx),
    permission: 'write',
    purpose: 'treatment',
    meta,
    basis,
  };
  requireGranted(decide(request, await readDecisionState(tx, request)));
}

/**
 * The version before, where there is one. Nobody here sees whose record that was, so outside the custodian an
 * organisation goes on with what it wrote itself: a consent about one record would else overwrite any other.
 * @throws ContractError VERSION_CONFLICT, ERASED, ANCHOR_MISMATCH, ACCESS_DENIED
 */
async function readNewest(tx: Transaction, leaf: record.Leaf, writer: string): Promise<Anchor | undefined> {
  const before = await tx.assets.get(ANCHOR, leaf.record);
  if (leaf.version !== (before?.version ?? 0) + 1) {
    refuse('VERSION_CONFLICT', `version is ${String(before?.version ?? 0)}`);
  }
  if (before !== undefined && before.custodian !== leaf.custodian) {
    refuse('ANCHOR_MISMATCH', 'the record has another custodian');
  }
  if (before !== undefined && writer !== leaf.custodian && writer !== before.writer) {
    refuse('ACCESS_DENIED', 'another organisation wrote the version before');
  }
  if (before?.status === 'erased' || (await isErased(tx, leaf))) refuse('ERASED', 'the record is erased');
  return before;
}
