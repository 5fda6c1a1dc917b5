import { GatewayError, type CloseableAsyncIterable, type Network } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';

/** Tells of commits from one stream of filtered blocks, as a gateway does, instead of one call for each transaction. */
export class CommitWatch {
  readonly #events: CloseableAsyncIterable<peer.FilteredBlock>;
  readonly #waiting = new Map<string, (code: number) => void>();
  #closed = false;

  private constructor(events: CloseableAsyncIterable<peer.FilteredBlock>) {
    this.#events = events;
    void this.#follow();
  }

  static async open(network: Network): Promise<CommitWatch> {
    return new CommitWatch(await network.getFilteredBlockEvents());
  }

  /** Call it before the transaction is sent. @throws Error where the transaction is found invalid. */
  async committed(txId: string): Promise<void> {
    const code = await new Promise<number>((resolve) => this.#waiting.set(txId, resolve));
    if (code !== peer.TxValidationCode.VALID) throw new Error(`${txId} is invalid: ${String(code)}`);
  }

  close(): void {
    this.#closed = true;
    this.#events.close();
  }

  async #follow(): Promise<void> {
    try {
      for await (const block of this.#events) {
        for (const transaction of block.getFilteredTransactionsList()) {
          const txId = transaction.getTxid();
          this.#waiting.get(txId)?.(transaction.getTxValidationCode());
          this.#waiting.delete(txId);
        }
      }
    } catch (error) {
      if (!this.#closed || !(error instanceof GatewayError)) throw error;
    }
  }
}
