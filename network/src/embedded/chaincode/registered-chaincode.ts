import { ChaincodeError } from './chaincode-error.js';
import type { ChaincodeSession } from './chaincode-session.js';
import type { ChaincodeResult, ChaincodeRuntime, ChaincodeTransaction } from './runtime.js';

/** A chaincode that dialled the peer itself, and does so again when it has lost the stream. */
export class RegisteredChaincode implements ChaincodeRuntime {
  readonly #session: ChaincodeSession;

  constructor(session: ChaincodeSession) {
    this.#session = session;
  }

  async execute(transaction: ChaincodeTransaction): Promise<ChaincodeResult> {
    if (!this.#session.isReady) {
      throw new ChaincodeError('STREAM_TERMINATED', 'error sending: chaincode stream terminated');
    }
    return this.#session.execute(transaction);
  }

  close(): Promise<void> {
    this.#session.end('closed');
    return Promise.resolve();
  }
}
