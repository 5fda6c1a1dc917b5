import type { peer } from '@hyperledger/fabric-protos';
import type { DeliveredBlocks } from '../ports.js';

/** A peer's block stream over a list that grows: `push` wakes whoever follows it. */
export class GrowingBlocks implements DeliveredBlocks {
  readonly #blocks: peer.BlockAndPrivateData[] = [];
  readonly #waiting = new Set<() => void>();
  #broken: Error | undefined;

  push(...blocks: peer.BlockAndPrivateData[]): void {
    this.#blocks.push(...blocks);
    for (const wake of [...this.#waiting]) wake();
  }

  /** The open streams throw this; new ones work. */
  break(error: Error): void {
    this.#broken = error;
    for (const wake of [...this.#waiting]) wake();
  }

  height(): Promise<number> {
    this.#broken = undefined;
    return Promise.resolve(this.#blocks.length);
  }

  async *blocks(start: number, signal: AbortSignal): AsyncGenerator<peer.BlockAndPrivateData> {
    for (let at = start; !signal.aborted;) {
      if (this.#broken !== undefined) throw this.#broken;
      const next = this.#blocks[at];
      if (next === undefined) {
        await this.#wait(signal);
      } else {
        at++;
        yield next;
      }
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
