import type { ChannelLedger, CommittedBlock } from '../parts.js';

/** Newest blocks kept in memory, so that a hundred listeners cost one read. */
const KEPT = 64;

/** The committed blocks in order, and a wake-up for whoever waits for the next one. */
export class BlockFeed {
  readonly #ledger: ChannelLedger;
  readonly #recent = new Map<number, CommittedBlock>();
  readonly #waiting = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(ledger: ChannelLedger) {
    this.#ledger = ledger;
    this.#unsubscribe = ledger.onCommit((block) => {
      this.#recent.set(block.number, block);
      this.#recent.delete(block.number - KEPT);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
    });
  }

  get height(): number {
    return this.#ledger.height;
  }

  /** The block if it is committed. */
  block(number: number): CommittedBlock | undefined {
    return this.#recent.get(number) ?? this.#ledger.block(number);
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
