import { describe, expect, it } from 'vitest';
import type { record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Ledger } from '../../ports.js';
import type { Candidate, RecordStore, StoredRecord } from '../../vault/index.js';
import { reconcileRecords } from './reconcile-records.js';

const HOUR = 60 * 60_000;
const now = new Date('2026-01-10T00:00:00.000Z');

/** Candidates 1 … count, stored three days ago, and what the ledger says of each by its number. */
function world(count: number, say: (position: number) => 'anchored' | 'absent' | Problem) {
  const candidates = new Map<string, Candidate>();
  for (let position = 1; position <= count; position++) {
    const leafHash = String(position);
    const record = { leafHash, leaf: { record: leafHash } } as StoredRecord;
    candidates.set(leafHash, { record, position, storedAt: new Date(now.getTime() - 72 * HOUR) });
  }
  const asked: number[] = [];
  const records: Partial<RecordStore> = {
    unanchored: (_, limit, after = 0) =>
      Promise.resolve([...candidates.values()].filter(({ position }) => position > after).slice(0, limit)),
    anchored: ([one]) => {
      candidates.delete(one?.leafHash ?? '');
      return Promise.resolve();
    },
    discard: (leafHash) => {
      candidates.delete(leafHash);
      return Promise.resolve();
    },
    sweepBlocks: () => Promise.resolve(0),
  };
  const evaluate = (_: string, { leaf }: { leaf: record.Leaf }) => {
    const position = Number(leaf.record);
    asked.push(position);
    const said = say(position);
    if (said instanceof Problem) return Promise.reject(said);
    return Promise.resolve({ anchored: said === 'anchored', erased: false });
  };
  const run = () =>
    reconcileRecords({ ledger: { evaluate } as unknown as Ledger, records: records as RecordStore }, now);
  return { run, asked, left: () => candidates.size };
}

describe('the reconciliation of records', () => {
  it('gives every candidate its turn, behind however many that stay', async () => {
    const stuck = new Problem('LEDGER_REJECTED', 'no answer for this one');
    const { run, asked, left } = world(1_700, (position) => (position <= 1_200 ? stuck : 'absent'));
    expect(await run()).toEqual({ anchored: 0, destroyed: 500, swept: 0, failed: 1_200 });
    expect(asked).toHaveLength(1_700);
    expect(left()).toBe(1_200);
  });

  it('visits each once although pages shrink while it works', async () => {
    const { run, asked, left } = world(1_001, (position) => (position % 2 === 0 ? 'anchored' : 'absent'));
    expect(await run()).toMatchObject({ anchored: 500, destroyed: 501 });
    expect(new Set(asked).size).toBe(1_001);
    expect([asked.length, left()]).toEqual([1_001, 0]);
  });

  it('stops where the ledger cannot be asked, and destroys nothing for it', async () => {
    const down = new Problem('LEDGER_UNAVAILABLE', 'the peer is away', { retryAfter: 2 });
    const { run, asked, left } = world(20, () => down);
    await expect(run()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect([asked.length, left()]).toEqual([1, 20]);
  });
});
