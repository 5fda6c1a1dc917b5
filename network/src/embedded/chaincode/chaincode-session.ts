import { peer } from '@hyperledger/fabric-protos';
import { answerRequest } from './answer-request.js';
import { capabilities } from './capabilities.js';
import { ChaincodeError } from './chaincode-error.js';
import {
  NOTHING,
  readChaincodeId,
  readResponse,
  type ChaincodeMessage,
  type Response,
} from '../wire/index.js';
import type { ChaincodeResult, ChaincodeTransaction } from './runtime.js';
import { messageTypeName, StateRequests } from './state-requests.js';
import { TransactionsUnderWay, type UnderWay } from './transactions-under-way.js';

const { Type } = peer.ChaincodeMessage;

/** A shim's stream, whichever side dialled, or none did. */
export interface MessageStream {
  write(message: ChaincodeMessage): unknown;
  /** Ends the stream at once; nothing more comes from it. */
  cancel(reason: string): void;
  onMessage(listener: (message: ChaincodeMessage) => void): void;
  /** The other side has ended the stream, or it broke; may be told more than once. */
  onEnd(listener: (reason: string) => void): void;
}

export interface SessionOptions {
  /** How long one transaction may run; Fabric's default is 30 s. */
  readonly executeTimeoutMs?: number;
  /** The chaincode said who it is. Throws where it is not welcome: the stream then ends. */
  onRegister(chaincodeId: string): void;
  /** It may be called. */
  onReady?(chaincodeId: string): void;
  /** Told once, whoever ended it. */
  onEnd(reason: string): void;
}

/** The peer's side of one shim stream, on which any number of transactions run at once. */
export class ChaincodeSession {
  readonly #stream: MessageStream;
  readonly #options: SessionOptions;
  readonly #transactions: TransactionsUnderWay;
  #chaincodeId: string | undefined;
  #ended = false;

  constructor(stream: MessageStream, options: SessionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#transactions = new TransactionsUnderWay(options.executeTimeoutMs);
    stream.onMessage((message) => {
      if (!this.#ended) this.#receive(message);
    });
    stream.onEnd((reason) => {
      this.end(reason);
    });
  }

  /** Registered, and not ended. */
  get isReady(): boolean {
    return this.#chaincodeId !== undefined && !this.#ended;
  }

  /** @throws ChaincodeError (FAILED, TIMEOUT, STREAM_TERMINATED). Call it only when ready. */
  execute(transaction: ChaincodeTransaction): Promise<ChaincodeResult> {
    return this.#transactions.run(transaction, () => {
      this.#stream.write(transactionMessage(transaction));
    });
  }

  /** Fails what is under way. Nothing happens the second time. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.cancel(reason);
    this.#transactions.terminate();
    this.#options.onEnd(reason);
  }

  #receive(message: ChaincodeMessage): void {
    const { type, txId, channelId } = message;
    if (type === Type.KEEPALIVE) return;
    if (this.#chaincodeId === undefined) {
      this.#register(message);
      return;
    }
    const transaction = this.#transactions.find(channelId, txId);
    if (type === Type.COMPLETED || type === Type.ERROR) {
      if (transaction !== undefined) finish(transaction, message);
    } else if (StateRequests.isRequest(type)) {
      answerRequest(transaction?.requests, message, (answer) => {
        if (!this.#ended) this.#stream.write(answer);
      });
    } else {
      this.end(
        `[${txId}] Fabric side handler cannot handle message (${messageTypeName(type)}) while in ready state`,
      );
    }
  }

  #register({ type, txId, payload }: ChaincodeMessage): void {
    try {
      if (type !== Type.REGISTER) {
        const name = messageTypeName(type);
        throw new Error(
          `[${txId}] Fabric side handler cannot handle message (${name}) while in created state`,
        );
      }
      const id = readChaincodeId(payload).name;
      if (id === '') throw new Error('error in handling register chaincode, chaincodeID name is empty');
      this.#options.onRegister(id);
      this.#stream.write(control(Type.REGISTERED));
      this.#stream.write(control(Type.READY, capabilities()));
      this.#chaincodeId = id;
      this.#options.onReady?.(id);
    } catch (error) {
      this.end(error instanceof Error ? error.message : String(error));
    }
  }
}

function transactionMessage({
  channelId,
  txId,
  isInit,
  input,
  proposal,
}: ChaincodeTransaction): ChaincodeMessage {
  const type = isInit ? Type.INIT : Type.TRANSACTION;
  return { type, payload: input.bytes, txId, channelId, proposal: proposal.signedProposal };
}

function control(type: number, payload = NOTHING): ChaincodeMessage {
  return { type, payload, txId: '', channelId: '' };
}

function finish(transaction: UnderWay, { type, payload, event }: ChaincodeMessage): void {
  if (type === Type.ERROR) {
    const text = Buffer.from(payload).toString('utf8');
    transaction.reject(new ChaincodeError('BAD_ANSWER', `transaction returned with failure: ${text}`));
    return;
  }
  let response: Response;
  try {
    response = readResponse(payload);
  } catch (cause) {
    const text = `failed to unmarshal response for transaction ${transaction.txId}`;
    transaction.reject(new ChaincodeError('BAD_ANSWER', text, { cause }));
    return;
  }
  transaction.resolve({ response, event });
}
