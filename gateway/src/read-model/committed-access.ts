import type { Follower } from './follow-ledger.js';
import type { LedgerTables } from './ledger-tables.js';
import { waitForTransaction } from './wait-for-transaction.js';

/**
 * Whether the own peer has an access event, written by just that valid transaction. Another organisation's peer may
 * be ahead of this one, so it waits a little.
 */
export function committedAccess(tables: LedgerTables, follower: Follower, timeoutMs = 5_000) {
  return committedBy('record:access', 'access', tables, follower, timeoutMs);
}

/** The same of one version of a record's anchor. */
export function committedAnchor(tables: LedgerTables, follower: Follower, timeoutMs = 5_000) {
  return committedBy('record:anchor', 'anchor', tables, follower, timeoutMs);
}

function committedBy(
  name: string,
  type: string,
  tables: LedgerTables,
  follower: Follower,
  timeoutMs: number,
): (id: string, transaction: string) => Promise<boolean> {
  return async (id, transaction) => {
    const row = await waitForTransaction(tables, follower, transaction, timeoutMs);
    if (row?.code !== 0 || row.function !== name) return false;
    return (await tables.history(type, id)).some(({ transactionId }) => transactionId === transaction);
  };
}
