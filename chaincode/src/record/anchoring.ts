import { record, verifyInclusion, type consent } from '../api/index.js';
import { refuse, type Transaction } from '../ledger/index.js';
import { ANCHOR_BATCH, ANCHOR_VERSION, ERASURE } from './kinds.js';

type Leaf = record.Leaf;

/** Where and when a leaf was put on the ledger. */
export interface Anchoring {
  readonly at: string;
  readonly author: string;
}
interface NotAnchored {
  readonly code: 'NOT_FOUND' | 'ANCHOR_MISMATCH' | 'PROOF_INVALID';
  readonly reason: string;
}

/** Looks a leaf up where the reference says it is: under its own key, or in a batch by its inclusion proof. */
export async function findAnchoring(
  tx: Transaction,
  leaf: Leaf,
  reference: record.AnchorReference,
): Promise<Anchoring | NotAnchored> {
  if (reference.kind === 'single') {
    const anchor = await tx.assets.get(ANCHOR_VERSION, leaf.record, String(leaf.version));
    if (anchor === undefined) return { code: 'NOT_FOUND', reason: 'no such anchor' };
    return anchor.leaf === record.leafHash(leaf)
      ? { at: anchor.updatedAt, author: anchor.author }
      : { code: 'ANCHOR_MISMATCH', reason: 'the anchor is of another leaf' };
  }
  const batch = await tx.assets.get(ANCHOR_BATCH, reference.batch);
  if (batch === undefined) return { code: 'NOT_FOUND', reason: 'no such batch' };
  if (batch.custodian !== leaf.custodian) {
    return { code: 'ANCHOR_MISMATCH', reason: 'the batch has another custodian' };
  }
  const { proof } = reference;
  return proof.size === batch.size && verifyInclusion(record.leafHash(leaf), proof, batch.root)
    ? { at: batch.updatedAt, author: batch.author }
    : { code: 'PROOF_INVALID', reason: 'the proof does not lead to the root of the batch' };
}

/** @throws ContractError NOT_FOUND, ANCHOR_MISMATCH, PROOF_INVALID */
export async function requireAnchored(
  tx: Transaction,
  leaf: Leaf,
  reference: record.AnchorReference,
): Promise<Anchoring> {
  const found = await findAnchoring(tx, leaf, reference);
  return 'code' in found ? refuse(found.code, found.reason) : found;
}

/** Id of the erasure that there may be of a leaf. */
export function erasureId(leaf: Leaf): string {
  return record.leafHash(leaf).slice(0, 32);
}

export async function isErased(tx: Transaction, leaf: Leaf): Promise<boolean> {
  return (await tx.assets.get(ERASURE, erasureId(leaf))) !== undefined;
}

/**
 * The meta is the one that the leaf is bound to, and about the same record.
 * @throws ContractError ANCHOR_MISMATCH
 */
export function checkMeta(leaf: Leaf, meta: consent.RecordMeta, salt: string): void {
  if (record.metaHash(meta, salt) !== leaf.metaHash)
    refuse('ANCHOR_MISMATCH', 'the meta is not that of the leaf');
  if (meta.record !== leaf.record || meta.custodian !== leaf.custodian) {
    refuse('ANCHOR_MISMATCH', 'meta and leaf name different records');
  }
}
