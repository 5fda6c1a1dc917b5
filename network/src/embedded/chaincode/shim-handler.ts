import { peer } from '@hyperledger/fabric-protos';
import { NOTHING, type ChaincodeMessage } from '../wire/index.js';
import { answerRequest, failureText, noTransaction } from './answer-request.js';
import type { StateRequests } from './state-requests.js';

const { Type } = peer.ChaincodeMessage;
type Message = peer.ChaincodeMessage;

/** The shim's end of a stream, as much of a gRPC stream as it uses. */
export interface ShimStream {
  on(event: 'data' | 'error' | 'end', listener: (message: Message) => void): unknown;
  write(message: Message): unknown;
  end(): unknown;
}

/** `ChaincodeMessageHandler` of the shim: what a contract asks becomes a message, an answer what the contract gets. */
interface MessageHandler {
  readonly msgQueueHandler?: { readonly txQueues: Readonly<Record<string, unknown>> };
  chat(first: Message): void;
  handleGetState(collection: string, key: string, channelId: string, txId: string): Promise<Buffer>;
  handlePutState(
    collection: string,
    key: string,
    value: Uint8Array,
    channelId: string,
    txId: string,
  ): Promise<Buffer>;
  _askPeerAndListen(message: Message, method: string): Promise<unknown>;
}
export type MessageHandlerClass = new (stream: ShimStream, chaincode: object) => MessageHandler;

/** The requests of one transaction, for as long as it is under way. */
export type RequestsOf = () => StateRequests | undefined;

/**
 * The shim's handler for one transaction of a contract in this process. Reads and writes of single keys, which are most
 * of what contracts ask, reach the state without becoming messages; all else goes by the shim's own messages, over a
 * stream that is answered on the spot.
 */
export function transactionHandler(Base: MessageHandlerClass): new (requests: RequestsOf) => object {
  return class TransactionHandler extends Base {
    readonly #requests: RequestsOf;
    readonly #stream: AnsweredStream;

    constructor(requests: RequestsOf) {
      const stream = new AnsweredStream(requests);
      super(stream, {});
      this.#requests = requests;
      this.#stream = stream;
    }

    override async handleGetState(...asked: Parameters<MessageHandler['handleGetState']>): Promise<Buffer> {
      const [collection, key, channelId, txId] = asked;
      if (!isText(collection) || !isText(key) || this.#hasQueued(channelId, txId))
        return super.handleGetState(...asked);
      // A copy: the contract may do with it what it likes.
      return this.#direct(Type.GET_STATE, txId, (requests) => Buffer.from(requests.get(collection, key)));
    }

    override async handlePutState(...asked: Parameters<MessageHandler['handlePutState']>): Promise<Buffer> {
      const [collection, key, value, channelId, txId] = asked;
      if (
        !isText(collection) ||
        !isText(key) ||
        !(value instanceof Uint8Array) ||
        this.#hasQueued(channelId, txId)
      ) {
        return super.handlePutState(...asked);
      }
      return this.#direct(Type.PUT_STATE, txId, (requests) => {
        requests.put(collection, key, Uint8Array.from(value));
        return Buffer.alloc(0);
      });
    }

    override _askPeerAndListen(message: Message, method: string): Promise<unknown> {
      this.#stream.open(this);
      return super._askPeerAndListen(message, method);
    }

    /** What is asked after a message that waits for its answer waits too: the peer gets all in order. */
    #hasQueued(channelId: string, txId: string): boolean {
      return this.msgQueueHandler?.txQueues[channelId + txId] !== undefined;
    }

    #direct<T>(type: number, txId: string, ask: (requests: StateRequests) => T): T {
      try {
        const requests = this.#requests();
        if (requests === undefined) throw noTransaction(type);
        return ask(requests);
      } catch (cause) {
        throw new Error(failureText(type, txId, cause), { cause });
      }
    }
  };
}

/** Half of a surrogate pair, which UTF-8 has no bytes for. */
const HALF_PAIR = /[\ud800-\udfff]/u;

/** Of other values protobuf makes something else, and the shim may. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !HALF_PAIR.test(value);
}

/** A peer's end that answers whatever is written, in a later turn: answers to many questions would nest otherwise. */
class AnsweredStream implements ShimStream {
  readonly #requests: RequestsOf;
  #receive: (message: Message) => void = () => undefined;
  #isOpen = false;

  constructor(requests: RequestsOf) {
    this.#requests = requests;
  }

  /** Brings the shim's handler where it takes answers, the first time. */
  open(handler: MessageHandler): void {
    if (this.#isOpen) return;
    handler.chat(control(Type.REGISTER));
    this.#receive(control(Type.REGISTERED));
    this.#receive(control(Type.READY));
    this.#isOpen = true;
  }

  on(event: 'data' | 'error' | 'end', listener: (message: Message) => void): void {
    if (event === 'data') this.#receive = listener;
  }

  write(message: Message): void {
    if (!this.#isOpen) return;
    queueMicrotask(() => {
      const question = {
        type: message.getType(),
        payload: message.getPayload_asU8(),
        txId: message.getTxid(),
        channelId: message.getChannelId(),
      };
      answerRequest(this.#requests(), question, (answer) => {
        this.#receive(messageOf(answer));
      });
    });
  }

  end(): void {
    // It lasts as long as its transaction.
  }
}

function messageOf({ type, payload, txId, channelId }: ChaincodeMessage): Message {
  const message = new peer.ChaincodeMessage();
  message.setType(type as ReturnType<Message['getType']>);
  message.setPayload(payload);
  message.setTxid(txId);
  message.setChannelId(channelId);
  return message;
}

function control(type: number): Message {
  return messageOf({ type, payload: NOTHING, txId: '', channelId: '' });
}
