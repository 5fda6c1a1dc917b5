import type { Follower } from './follow-ledger.js';
import type { LedgerTables } from './ledger-tables.js';
import { waitForTransaction } from './wait-for-transaction.js';

/**
 * Whether the own peer has an access event, written by just that valid transaction. Another organisation's peer may
 * be ahead of this one, so it waits a little.
 */
export function committedAccess(tables: LedgerTables, follower: Follower, timeoutMs = 5_000) {
  return async (event: string, transaction: string): Promise<boolean> => {
    const row = await waitForTransaction(tables, follower, transaction, timeoutMs);
    if (row?.code !== 0 || row.function !== 'record:access') return false;
    const history = await tables.history('access', event);
    return history[0]?.transactionId === transaction;
  };
}
