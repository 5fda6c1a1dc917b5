import { peer } from '@hyperledger/fabric-protos';
import { answerRequest } from './answer-request.js';
import { capabilities } from './capabilities.js';
import { ChaincodeError } from './chaincode-error.js';
import { readResponse, type Response } from '../wire/index.js';
import type { ChaincodeResult, ChaincodeTransaction } from './runtime.js';
import { messageTypeName, StateRequests } from './state-requests.js';
import { TransactionsUnderWay, type UnderWay } from './transactions-under-way.js';

const { Type } = peer.ChaincodeMessage;

/** A shim's stream, whichever side dialled, or none did. */
export interface MessageStream {
  write(message: peer.ChaincodeMessage): unknown;
  /** Ends the stream at once; nothing more comes from it. */
  cancel(reason: string): void;
  onMessage(listener: (message: peer.ChaincodeMessage) => void): void;
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

  #receive(message: peer.ChaincodeMessage): void {
    const type = message.getType();
    if (type === Type.KEEPALIVE) return;
    if (this.#chaincodeId === undefined) {
      this.#register(message);
      return;
    }
    const transaction = this.#transactions.find(message.getChannelId(), message.getTxid());
    if (type === Type.COMPLETED || type === Type.ERROR) {
      if (transaction !== undefined) finish(transaction, message);
    } else if (StateRequests.isRequest(type)) {
      answerRequest(transaction?.requests, message, (answer) => {
        if (!this.#ended) this.#stream.write(answer);
      });
    } else {
      this.end(
        `[${message.getTxid()}] Fabric side handler cannot handle message (${messageTypeName(type)}) while in ready state`,
      );
    }
  }

  #register(message: peer.ChaincodeMessage): void {
    const type = message.getType();
    try {
      if (type !== Type.REGISTER) {
        const name = messageTypeName(type);
        throw new Error(
          `[${message.getTxid()}] Fabric side handler cannot handle message (${name}) while in created state`,
        );
      }
      const id = peer.ChaincodeID.deserializeBinary(message.getPayload_asU8()).getName();
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

function transactionMessage(transaction: ChaincodeTransaction): peer.ChaincodeMessage {
  const { channelId, txId, isInit, input, proposal } = transaction;
  const message = control(isInit ? Type.INIT : Type.TRANSACTION, input.bytes);
  message.setTxid(txId);
  message.setChannelId(channelId);
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(proposal.signedProposal.proposalBytes);
  signed.setSignature(proposal.signedProposal.signature);
  message.setProposal(signed);
  return message;
}

function control(
  type: peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap],
  payload?: Uint8Array,
): peer.ChaincodeMessage {
  const message = new peer.ChaincodeMessage();
  message.setType(type);
  if (payload !== undefined) message.setPayload(payload);
  return message;
}

function finish(transaction: UnderWay, message: peer.ChaincodeMessage): void {
  const payload = message.getPayload_asU8();
  if (message.getType() === Type.ERROR) {
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
  transaction.resolve({ response, event: message.getChaincodeEvent() });
}
