import { peer } from '@hyperledger/fabric-protos';
import { NOTHING, readResponse, type Response } from '../wire/index.js';
import { ChaincodeError } from './chaincode-error.js';
import type { ChaincodeResult, ChaincodeRuntime, ChaincodeTransaction } from './runtime.js';
import type { ShimChaincode, ShimLibrary, ShimResponse } from './shim-library.js';
import type { ShimStub } from './shim-stub.js';
import { TransactionsUnderWay, type UnderWay } from './transactions-under-way.js';

/** Of a contract that answered nothing: the shim's error. */
const NO_ANSWER_STATUS = 500;

/** Runs a contract of this process for one peer, as the shim's message handler would. */
export class InProcessRuntime implements ChaincodeRuntime {
  readonly #shim: ShimLibrary;
  readonly #chaincode: ShimChaincode;
  readonly #transactions: TransactionsUnderWay;
  #isClosed = false;

  constructor(shim: ShimLibrary, chaincode: ShimChaincode, executeTimeoutMs?: number) {
    this.#shim = shim;
    this.#chaincode = chaincode;
    this.#transactions = new TransactionsUnderWay(executeTimeoutMs);
  }

  /** @throws ChaincodeError (FAILED, TIMEOUT, STREAM_TERMINATED, BAD_ANSWER). */
  async execute(transaction: ChaincodeTransaction): Promise<ChaincodeResult> {
    if (this.#isClosed) {
      throw new ChaincodeError('STREAM_TERMINATED', 'error sending: chaincode stream terminated');
    }
    return this.#transactions.run(transaction, (underWay) => {
      this.#run(transaction, underWay).then(underWay.resolve, (error: unknown) => {
        // Anything else is a contract that throws what is no error: as a service, it never answers.
        if (error instanceof ChaincodeError) underWay.reject(error);
      });
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#transactions.terminate();
    return Promise.resolve();
  }

  async #run(transaction: ChaincodeTransaction, underWay: UnderWay): Promise<ChaincodeResult> {
    const { channelId, txId, isInit } = transaction;
    const stub = this.#stub(transaction, underWay);
    const answer = await (isInit ? this.#chaincode.Init(stub) : this.#chaincode.Invoke(stub));
    const missing = `[${channelId}-${txId.slice(0, 8)}] Calling chaincode ${isInit ? 'Init' : 'Invoke'}() has not called success or error.`;
    const given = answer?.status ? answer : { status: NO_ANSWER_STATUS, message: missing };
    return { response: responseOf(given), event: stub.chaincodeEvent };
  }

  #stub(transaction: ChaincodeTransaction, underWay: UnderWay): ShimStub {
    const { channelId, txId } = transaction;
    const requests = () =>
      this.#transactions.find(channelId, txId) === underWay ? underWay.requests : undefined;
    try {
      return this.#shim.newStub(transaction, requests);
    } catch (cause) {
      throw new ChaincodeError('BAD_ANSWER', `transaction returned with failure: ${String(cause)}`, {
        cause,
      });
    }
  }
}

/** As it arrives at a peer: a copy, whatever the contract does with its own. */
function responseOf({ status = 0, message = '', payload = NOTHING }: ShimResponse): Response {
  const isPlain = Number.isInteger(status) && typeof message === 'string' && payload instanceof Uint8Array;
  if (isPlain) return { status, message, payload: Uint8Array.from(payload) };
  // As the shim's message has it.
  const response = new peer.Response();
  response.setStatus(status);
  response.setMessage(message);
  response.setPayload(payload);
  return readResponse(response.serializeBinary());
}
