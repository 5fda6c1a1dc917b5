import type { ChannelLedger, CommittedBlock } from '../parts.js';

/** The committed blocks in order, and a wake-up for whoever waits for the next one. */
export class BlockFeed {
  readonly #ledger: ChannelLedger;
  readonly #waiting = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(ledger: ChannelLedger) {
    this.#ledger = ledger;
    this.#unsubscribe = ledger.onCommit(() => {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
    });
  }

  get height(): number {
    return this.#ledger.height;
  }

  /** The block if it is committed; never one kept here, from which values may have been purged meanwhile. */
  block(number: number): CommittedBlock | undefined {
    return this.#ledger.block(number);
  }

  /** Resolves once block `number` is committed, or the signal aborts. */
  async committed(number: number, signal: AbortSignal): Promise<void> {
    while (this.height <= number && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  close(): void {
    this.#unsubscribe();
    for (const wake of [...this.#waiting]) wake();
    this.#waiting.clear();
  }
}
