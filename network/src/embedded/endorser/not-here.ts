import type { ChannelLedger } from '../parts.js';

/** Fabric's words for a block that is not here: a ledger that was begun from a snapshot lacks those before it. */
export function blockNotHere({ firstBlock }: ChannelLedger, number: number): string {
  return number >= firstBlock
    ? `no such block number [${String(number)}] in index`
    : `cannot serve block [${String(number)}]. The ledger is bootstrapped from a snapshot. ` +
        `First available block = [${String(firstBlock)}]`;
}

/** Fabric's words for a transaction that nobody knows, or whose block is not here. */
export function transactionNotHere({ firstBlock }: ChannelLedger, txId: string, isKnown: boolean): string {
  return !isKnown
    ? `no such transaction ID [${txId}] in index`
    : `details for the TXID [${txId}] not available. Ledger bootstrapped from a snapshot. ` +
        `First available block = [${String(firstBlock)}]`;
}
