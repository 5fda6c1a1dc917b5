import type { record } from '../api/index.js';
import { decide, type AccessRequest } from '../consent/decide.js';
import { readDecisionState } from '../consent/decision-state.js';
import { hashOf, refuse, type Handler } from '../ledger/index.js';
import { checkMeta, isErased, requireAnchored } from './anchoring.js';
import { requireGranted } from './granted.js';
import { ACCESS, ACCESS_DETAILS } from './kinds.js';
import { requireOwner, requireReader } from './reader.js';

/**
 * The reader signs its own access event, and a valid commit is the decision: whoever holds the record releases it
 * for a committed event, and for nothing else. As the transaction reads the consent, a revocation that commits
 * first makes it invalid.
 */
export const access: Handler<'record:access', record.Access> = async (tx, { id }, priv) => {
  const { leaf, reference, meta, metaSalt, purpose, basis, jws, salt } = priv;
  tx.caller.requireCare();
  const reader = basis.kind === 'legal' ? await requireOwner(tx, id, priv) : await requireReader(tx, priv);
  await tx.assets.requireAbsent(ACCESS, id);
  await requireAnchored(tx, leaf, reference);
  if (await isErased(tx, leaf)) refuse('ERASED', 'the record is erased');
  checkMeta(leaf, meta, metaSalt);
  const request: AccessRequest = { requester: reader, permission: 'read', purpose, meta, basis };
  const state = await readDecisionState(tx, request);
  requireGranted(decide(request, state));
  const details: record.AccessDetails = {
    type: 'access-details',
    id,
    leaf,
    meta,
    purpose,
    basis,
    reader,
    at: state.now,
    jws,
    salt,
  };
  const stub: record.Access = {
    type: 'access',
    id,
    detailsHash: hashOf(details),
    status: 'granted',
    updatedAt: state.now,
    version: 1,
  };
  await tx.assets.put(ACCESS, stub);
  await tx.care.put(ACCESS_DETAILS, details);
  return stub;
};
