import { setTimeout } from 'node:timers/promises';
import { BlockStoreError } from '../blocks/index.js';

/** How often what the disk had no room for is tried again, in milliseconds. */
const RETRY_MS = 500;

export interface RoomOptions {
  readonly retryMs?: number | undefined;
  /** The disk is full, and later: there is room again (undefined). */
  onDiskFull?(error: BlockStoreError | undefined): void;
}

/** Tries again what the disk has no room for, until there is room or the ledger closes. */
export class Room {
  readonly #options: RoomOptions;
  readonly #closed = new AbortController();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** @throws BlockStoreError DISK_FULL where the ledger closes meanwhile; what `step` throws otherwise. */
  async wait<T>(step: () => Promise<T> | T): Promise<T> {
    for (let isFull = false; ;) {
      try {
        const result = await step();
        if (isFull) this.#options.onDiskFull?.(undefined);
        return result;
      } catch (error) {
        if (!(error instanceof BlockStoreError) || error.code !== 'DISK_FULL') throw error;
        if (this.#closed.signal.aborted) throw error;
        if (!isFull) this.#options.onDiskFull?.(error);
        isFull = true;
        // Closing ends the wait, and the next failure is the last.
        await setTimeout(this.#options.retryMs ?? RETRY_MS, undefined, {
          signal: this.#closed.signal,
        }).catch(() => undefined);
      }
    }
  }

  close(): void {
    this.#closed.abort();
  }
}
