import { ChaincodeError } from './chaincode-error.js';
import type { ChaincodeResult, ChaincodeTransaction } from './runtime.js';
import { StateRequests } from './state-requests.js';

/** Fabric's default. */
const EXECUTE_TIMEOUT_MS = 30_000;

/** A transaction that its chaincode has not answered yet. The first answer counts. */
export interface UnderWay {
  readonly txId: string;
  readonly requests: StateRequests;
  resolve(result: ChaincodeResult): void;
  reject(error: ChaincodeError): void;
}

/** What one chaincode runs for one peer at this moment, by channel and transaction id. */
export class TransactionsUnderWay {
  readonly #transactions = new Map<string, UnderWay>();
  readonly #timeoutMs: number;

  /** @param timeoutMs how long one transaction may run */
  constructor(timeoutMs = EXECUTE_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  find(channelId: string, txId: string): UnderWay | undefined {
    return this.#transactions.get(channelId + txId);
  }

  /**
   * @param start hands the transaction to its chaincode
   * @throws ChaincodeError (FAILED, TIMEOUT, STREAM_TERMINATED), or what the transaction is rejected with.
   */
  run(transaction: ChaincodeTransaction, start: (underWay: UnderWay) => void): Promise<ChaincodeResult> {
    const { channelId, txId, chaincode, state, isInit } = transaction;
    const key = channelId + txId;
    if (this.#transactions.has(key)) {
      throw new ChaincodeError('FAILED', `error sending: txid: ${txId}(${channelId}) exists`);
    }
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        finish();
        reject(new ChaincodeError('TIMEOUT', 'error sending: timeout expired while executing transaction'));
      }, this.#timeoutMs);
      const finish = (): void => {
        clearTimeout(timeout);
        this.#transactions.delete(key);
      };
      const underWay: UnderWay = {
        txId,
        requests: new StateRequests(chaincode, state, isInit),
        resolve: (result) => {
          finish();
          resolve(result);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      this.#transactions.set(key, underWay);
      start(underWay);
    });
  }

  /** Fails all of them: nobody will answer any more. */
  terminate(): void {
    for (const transaction of [...this.#transactions.values()]) {
      transaction.reject(
        new ChaincodeError('STREAM_TERMINATED', 'error sending: chaincode stream terminated'),
      );
    }
  }
}
