import type { record } from '@medaccord/chaincode/api';
import type { Ledger } from '../../ports.js';
import type { RecordStore, StoredRecord } from '../../vault/index.js';
import { batchAnchorings } from './anchor-stored.js';

const MINUTE = 60_000;
/** A request takes at most this long: what is younger may still be under way. */
const UNDER_WAY_MS = 10 * MINUTE;
/** Longer than idempotency keys are kept: no repeated request will finish it. */
const GIVEN_UP_MS = 48 * 60 * MINUTE;

/**
 * Finishes what a crash left between storing and anchoring: a candidate that the ledger has becomes its version; one
 * that it does not have, and that no request can finish any more, is destroyed. Safe to run at any time.
 */
export async function reconcileRecords(
  { ledger, records }: { ledger: Ledger; records: RecordStore },
  now = new Date(),
): Promise<{ anchored: number; destroyed: number; swept: number }> {
  const before = (age: number) => new Date(now.getTime() - age);
  const done = { anchored: 0, destroyed: 0, swept: 0 };
  const referenceOf = references(records);
  const given = new Set<string>();
  for (const { leafHash } of await records.unanchored(before(GIVEN_UP_MS), 1_000)) given.add(leafHash);
  for (const candidate of await records.unanchored(before(UNDER_WAY_MS), 1_000)) {
    const reference = await referenceOf(candidate);
    const { leaf, leafHash } = candidate;
    const verified = await ledger.evaluate('record:verify', { leaf, reference }, { as: 'service' });
    if (verified.anchored) {
      // The transaction's id is not known any more; the anchor is what counts.
      await records.anchored([{ leafHash, reference }], {
        id: '',
        at: verified.anchoredAt ?? now.toISOString(),
      });
      if (verified.erased) await records.erase(leafHash);
      done.anchored++;
    } else if (given.has(leafHash)) {
      await records.discard(leafHash);
      done.destroyed++;
    }
  }
  done.swept = await records.sweepBlocks(before(GIVEN_UP_MS));
  return done;
}

/** References of candidates; the proofs of a batch are made once. */
function references(records: RecordStore) {
  const batches = new Map<string, Map<string, record.AnchorReference>>();
  return async ({ batch, leafHash }: StoredRecord): Promise<record.AnchorReference> => {
    if (batch === undefined) return { kind: 'single' };
    const known = batches.get(batch) ?? new Map<string, record.AnchorReference>();
    if (!batches.has(batch)) {
      batches.set(batch, known);
      const stored = await records.batch(batch);
      for (const one of stored === undefined ? [] : batchAnchorings(stored))
        known.set(one.leafHash, one.reference);
    }
    return known.get(leafHash) ?? { kind: 'single' };
  };
}
