import { readsAccess, type record } from '../api/index.js';
import { readDetails } from '../consent/readers.js';
import type { Handler } from '../ledger/index.js';
import { findAnchoring, isErased } from './anchoring.js';
import { ACCESS, ACCESS_DETAILS, ANCHOR, ANCHOR_BATCH } from './kinds.js';

/** Whether a leaf stands on the ledger, since when and by whom. A leaf that does not is an answer, not an error. */
export const verify: Handler<'record:verify', record.VerifyResult> = async (tx, { leaf, reference }) => {
  void tx.caller.organisation;
  const found = await findAnchoring(tx, leaf, reference);
  if ('code' in found) return { anchored: false, erased: false, reason: found.reason };
  const { at: anchoredAt, author } = found;
  return { anchored: true, erased: await isErased(tx, leaf), anchoredAt, author };
};

export const getAnchor: Handler<'record:getAnchor', record.Anchor> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(ANCHOR, id);
};

export const getBatch: Handler<'record:getBatch', record.AnchorBatch> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(ANCHOR_BATCH, id);
};

export const getAccess: Handler<'record:getAccess', record.Access> = async (tx, { id }) => {
  void tx.caller.organisation;
  return tx.assets.require(ACCESS, id);
};

/** Who read what and why, for the patient and the staff of the custodian and of the reader's organisation. */
export const getAccessDetails: Handler<'record:accessDetails', record.AccessDetails> = async (tx, { id }) =>
  readDetails(tx, () => tx.care.require(ACCESS_DETAILS, id), readsAccess);
