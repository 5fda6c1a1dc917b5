import type { Follower } from './follow-ledger.js';
import type { LedgerTables, TransactionRow } from './ledger-tables.js';

/**
 * Waits until the block of a transaction is projected.
 * @returns undefined where the timeout came first; the transaction may still be committed.
 */
export async function waitForTransaction(
  tables: LedgerTables,
  follower: Follower,
  id: string,
  timeoutMs: number,
): Promise<TransactionRow | undefined> {
  let finish: () => void = () => undefined;
  const seen = new Promise<void>((resolve) => (finish = resolve));
  // Listen first, look second: a block projected in between is not missed.
  const unsubscribe = follower.onBlock(({ transactions }) => {
    if (transactions.some((transaction) => transaction.id === id)) finish();
  });
  const timer = setTimeout(finish, timeoutMs);
  try {
    const known = await tables.transaction(id);
    if (known !== undefined) return known;
    await seen;
    return await tables.transaction(id);
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
}
