import type { record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Ledger } from '../../ports.js';
import type { RecordStore, StoredRecord } from '../../vault/index.js';
import { batchAnchorings } from './anchor-stored.js';

const MINUTE = 60_000;
/** A request takes at most this long: what is younger may still be under way. */
const UNDER_WAY_MS = 10 * MINUTE;
/** Longer than idempotency keys are kept: no repeated request will finish it. */
const GIVEN_UP_MS = 48 * 60 * MINUTE;

const PAGE = 500;
const HOPELESS: readonly string[] = ['LEDGER_UNAVAILABLE', 'OVERLOADED'];

export interface Reconciled {
  anchored: number;
  destroyed: number;
  /** Blocks that no record named. */
  swept: number;
  /** Candidates that the ledger would not tell about: they are tried again the next time. */
  failed: number;
}

/**
 * Finishes what a crash left between storing and anchoring: a candidate that the ledger has becomes its version; one
 * that it does not have, and that no request can finish any more, is destroyed. Every candidate has its turn each
 * time, whatever becomes of those before it. Safe to run at any time.
 * @throws Problem LEDGER_UNAVAILABLE or OVERLOADED: there is no use in going on.
 */
export async function reconcileRecords(
  { ledger, records }: { ledger: Ledger; records: RecordStore },
  now = new Date(),
): Promise<Reconciled> {
  const before = (age: number) => new Date(now.getTime() - age);
  const done: Reconciled = { anchored: 0, destroyed: 0, swept: 0, failed: 0 };
  const referenceOf = references(records);
  const givenUp = before(GIVEN_UP_MS);
  for (let after = 0; ;) {
    const page = await records.unanchored(before(UNDER_WAY_MS), PAGE, after);
    for (const { record, storedAt, position } of page) {
      after = position;
      const became = await settle({ ledger, records }, record, await referenceOf(record), {
        now,
        isGivenUp: storedAt < givenUp,
      });
      if (became !== undefined) done[became]++;
    }
    if (page.length < PAGE) break;
  }
  done.swept = await records.sweepBlocks(givenUp);
  return done;
}

async function settle(
  { ledger, records }: { ledger: Ledger; records: RecordStore },
  { leaf, leafHash }: StoredRecord,
  reference: record.AnchorReference,
  { now, isGivenUp }: { now: Date; isGivenUp: boolean },
): Promise<'anchored' | 'destroyed' | 'failed' | undefined> {
  let verified: record.VerifyResult;
  try {
    verified = await ledger.evaluate('record:verify', { leaf, reference }, { as: 'service' });
  } catch (error) {
    if (error instanceof Problem && !HOPELESS.includes(error.code)) return 'failed';
    throw error;
  }
  if (verified.anchored) {
    // The transaction's id is not known any more; the anchor is what counts.
    const at = verified.anchoredAt ?? now.toISOString();
    await records.anchored([{ leafHash, reference }], { id: '', at });
    if (verified.erased) await records.erase(leafHash);
    return 'anchored';
  }
  if (!isGivenUp) return undefined;
  await records.discard(leafHash);
  return 'destroyed';
}

/** References of candidates; the proofs of a batch are made once while its candidates follow each other. */
function references(records: RecordStore) {
  let known: { id: string; byLeaf: Map<string, record.AnchorReference> } | undefined;
  return async ({ batch, leafHash }: StoredRecord): Promise<record.AnchorReference> => {
    if (batch === undefined) return { kind: 'single' };
    if (known?.id !== batch) {
      const stored = await records.batch(batch);
      const anchorings = stored === undefined ? [] : batchAnchorings(stored);
      known = { id: batch, byLeaf: new Map(anchorings.map((one) => [one.leafHash, one.reference])) };
    }
    return known.byLeaf.get(leafHash) ?? { kind: 'single' };
  };
}
