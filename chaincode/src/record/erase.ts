import { record } from '../api/index.js';
import { refuse, type Handler } from '../ledger/index.js';
import { erasureId, isErased, requireAnchored } from './anchoring.js';
import { ANCHOR, ERASURE } from './kinds.js';

/**
 * Erases one version of a record: from the commit on nothing is released for it. A matter of retention, so the
 * custodian's admin or an approved clerk does it, never the author: who wants to correct a record anchors its next
 * version. Erasing the newest version of a single anchor ends that record.
 */
export const erase: Handler<'record:erase', record.Erasure> = async (tx, { leaf, reference, reason }) => {
  tx.caller.requireCare();
  await tx.caller.requireRole('admin', 'clerk');
  tx.caller.requireOrganisation(leaf.custodian);
  await requireAnchored(tx, leaf, reference);
  if (await isErased(tx, leaf)) refuse('ERASED', 'the record is erased');
  const newest = reference.kind === 'single' ? await tx.assets.require(ANCHOR, leaf.record) : undefined;
  const updatedAt = tx.timeFor(newest?.updatedAt);
  const erasure: record.Erasure = {
    type: 'erasure',
    id: erasureId(leaf),
    leaf: record.leafHash(leaf),
    custodian: leaf.custodian,
    reason,
    updatedAt,
    version: 1,
  };
  await tx.assets.put(ERASURE, erasure);
  if (newest?.version === leaf.version)
    await tx.assets.put(ANCHOR, { ...newest, status: 'erased', updatedAt });
  return erasure;
};
