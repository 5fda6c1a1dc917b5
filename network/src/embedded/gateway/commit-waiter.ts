import type { ChannelLedger, TxValidationCode } from '../parts.js';

export interface Committed {
  readonly code: TxValidationCode;
  readonly block: number;
}

/** Tells when a transaction commits; one listener on the ledger serves every waiting call. */
export class CommitWaiter {
  readonly #ledger: ChannelLedger;
  readonly #waiting = new Map<string, Set<(committed: Committed | undefined) => void>>();
  readonly #unsubscribe: () => void;

  constructor(ledger: ChannelLedger) {
    this.#ledger = ledger;
    this.#unsubscribe = ledger.onCommit(({ number, transactions }) => {
      for (const { txId, code } of transactions) {
        const waiting = this.#waiting.get(txId);
        if (waiting === undefined) continue;
        // The ledger has the last word: a repeated id in a block does not change what the first one got.
        const known = ledger.transaction(txId);
        this.#waiting.delete(txId);
        for (const resolve of waiting) resolve(known ?? { code, block: number });
      }
    });
  }

  /** @returns undefined where the caller left, or the ledger was closed, before the commit. */
  async committed(txId: string, signal: AbortSignal): Promise<Committed | undefined> {
    const known = this.#ledger.transaction(txId);
    if (known !== undefined) return known;
    if (signal.aborted) return undefined;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(txId) ?? new Set();
      this.#waiting.set(txId, waiting);
      const leave = (): void => {
        waiting.delete(settle);
        if (waiting.size === 0 && this.#waiting.get(txId) === waiting) this.#waiting.delete(txId);
        resolve(undefined);
      };
      const settle = (committed: Committed | undefined): void => {
        signal.removeEventListener('abort', leave);
        resolve(committed);
      };
      waiting.add(settle);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve(undefined);
    this.#waiting.clear();
  }
}
