import { credentials, type ChannelCredentials, type ClientDuplexStream } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import { ChaincodeError } from './chaincode-error.js';
import type { ChaincodeResult, ChaincodeRuntime, ChaincodeTransaction } from './runtime.js';
import { messageTypeName, StateRequests } from './state-requests.js';

const { Type } = peer.ChaincodeMessage;
type Stream = ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage>;

const TERMINATED = 'chaincode stream terminated';
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
const GRPC_OPTIONS = {
  'grpc.max_receive_message_length': 100 * 1024 * 1024,
  'grpc.max_send_message_length': 100 * 1024 * 1024,
  'grpc.initial_reconnect_backoff_ms': FIRST_RETRY_MS,
  'grpc.max_reconnect_backoff_ms': LAST_RETRY_MS,
  // A connection of its own for every peer, though all of them dial the same address from one process.
  'grpc.use_local_subchannel_pool': 1,
};

export interface ChaincodeServiceOptions {
  /** The chaincode's name on the channel. */
  readonly name: string;
  /** `localhost:7052`. */
  readonly address: string;
  /** Plain text where it is left out. */
  readonly credentials?: ChannelCredentials;
  /** How long one transaction may run; Fabric's default is 30 s. */
  readonly executeTimeoutMs?: number;
  /** How long a transaction waits for the service to register; Fabric's default is 3 s. */
  readonly connectTimeoutMs?: number;
  /** Told of every registration and of every loss of the stream. */
  readonly onStateChange?: (connected: boolean, reason: string) => void;
}

interface InFlight {
  readonly channelId: string;
  readonly txId: string;
  readonly requests: StateRequests;
  resolve(result: ChaincodeResult): void;
  reject(error: ChaincodeError): void;
}

interface Waiter {
  resolve(stream: Stream): void;
  reject(error: ChaincodeError): void;
}

/** The peer's side of a chaincode service: one stream, on which any number of transactions run at once. */
export class ChaincodeService implements ChaincodeRuntime {
  readonly #options: ChaincodeServiceOptions;
  readonly #client: peer.ChaincodeClient;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #waiting = new Set<Waiter>();
  #stream: Stream | undefined;
  #ready = false;
  #closed = false;
  #lastError = 'not connected';
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ChaincodeServiceOptions) {
    this.#options = options;
    this.#client = new peer.ChaincodeClient(
      options.address,
      options.credentials ?? credentials.createInsecure(),
      GRPC_OPTIONS,
    );
    this.#connect();
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** Resolves once the chaincode has registered. @throws ChaincodeError (UNAVAILABLE) after `timeoutMs`. */
  async ready(timeoutMs: number): Promise<void> {
    await this.#readyStream(timeoutMs);
  }

  async execute(transaction: ChaincodeTransaction): Promise<ChaincodeResult> {
    const stream =
      this.#ready && this.#stream !== undefined
        ? this.#stream
        : await this.#readyStream(this.#options.connectTimeoutMs ?? 3_000);
    const { channelId, txId } = transaction;
    const key = channelId + txId;
    if (this.#inFlight.has(key)) {
      throw new ChaincodeError('FAILED', `error sending: txid: ${txId}(${channelId}) exists`);
    }
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        finish();
        reject(new ChaincodeError('TIMEOUT', 'error sending: timeout expired while executing transaction'));
      }, this.#options.executeTimeoutMs ?? 30_000);
      const finish = (): void => {
        clearTimeout(timeout);
        this.#inFlight.delete(key);
      };
      this.#inFlight.set(key, {
        channelId,
        txId,
        requests: new StateRequests(this.#options.name, transaction.state),
        resolve: (result) => {
          finish();
          resolve(result);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      });
      stream.write(transactionMessage(transaction));
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#lost(this.#stream, 'closed');
    for (const waiter of [...this.#waiting]) waiter.reject(this.#unavailable());
    this.#client.close();
    return Promise.resolve();
  }

  #connect(): void {
    const stream: Stream = this.#client.connect();
    this.#stream = stream;
    stream.on('data', (message: peer.ChaincodeMessage) => {
      if (stream === this.#stream) this.#receive(stream, message);
    });
    stream.on('error', (error) => {
      this.#lost(stream, error.message);
    });
    stream.on('end', () => {
      this.#lost(stream, 'the chaincode ended the stream');
    });
  }

  /** Fails what is under way and dials again, a little later each time. */
  #lost(stream: Stream | undefined, reason: string): void {
    if (stream === undefined || stream !== this.#stream) return;
    const wasReady = this.#ready;
    this.#stream = undefined;
    this.#ready = false;
    this.#lastError = reason;
    stream.cancel();
    for (const transaction of [...this.#inFlight.values()]) {
      transaction.reject(new ChaincodeError('STREAM_TERMINATED', `error sending: ${TERMINATED}`));
    }
    if (wasReady) this.#options.onStateChange?.(false, reason);
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#connect();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #receive(stream: Stream, message: peer.ChaincodeMessage): void {
    const type = message.getType();
    if (!this.#ready) {
      if (type !== Type.REGISTER) {
        this.#lost(stream, `cannot handle message (${messageTypeName(type)}) while in created state`);
        return;
      }
      const id = peer.ChaincodeID.deserializeBinary(message.getPayload_asU8()).getName();
      if (id === '') {
        this.#lost(stream, 'error in handling register chaincode, chaincodeID name is empty');
        return;
      }
      stream.write(control(Type.REGISTERED));
      stream.write(control(Type.READY));
      this.#ready = true;
      this.#retryMs = FIRST_RETRY_MS;
      this.#options.onStateChange?.(true, id);
      for (const waiter of [...this.#waiting]) waiter.resolve(stream);
      return;
    }
    if (type === Type.KEEPALIVE) return;
    const transaction = this.#inFlight.get(message.getChannelId() + message.getTxid());
    if (type === Type.COMPLETED || type === Type.ERROR) {
      if (transaction !== undefined) finish(transaction, message);
    } else if (StateRequests.isRequest(type)) {
      this.#answer(stream, transaction, message);
    } else {
      this.#lost(stream, `cannot handle message (${messageTypeName(type)}) while in ready state`);
    }
  }

  #answer(stream: Stream, transaction: InFlight | undefined, request: peer.ChaincodeMessage): void {
    const refuse = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      const type = messageTypeName(request.getType());
      reply(stream, request, Type.ERROR, `${type} failed: transaction ID: ${request.getTxid()}: ${reason}`);
    };
    try {
      if (transaction === undefined) throw new Error('no ledger context');
      const answer = transaction.requests.answer(request.getType(), request.getPayload_asU8());
      if (answer instanceof Uint8Array) reply(stream, request, Type.RESPONSE, answer);
      else {
        answer.then((payload) => {
          reply(stream, request, Type.RESPONSE, payload);
        }, refuse);
      }
    } catch (error) {
      refuse(error);
    }
  }

  #readyStream(timeoutMs: number): Promise<Stream> {
    if (this.#ready && this.#stream !== undefined) return Promise.resolve(this.#stream);
    if (this.#closed) return Promise.reject(this.#unavailable());
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        waiter.reject(this.#unavailable());
      }, timeoutMs);
      const finish = (): void => {
        clearTimeout(timeout);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: (stream) => {
          finish();
          resolve(stream);
        },
        reject: (error) => {
          finish();
          reject(error);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  #unavailable(): ChaincodeError {
    const { name, address } = this.#options;
    return new ChaincodeError(
      'UNAVAILABLE',
      `could not launch chaincode ${name}: connection to ${name} failed: ` +
        `error creating grpc connection to ${address}: ${this.#lastError}`,
    );
  }
}

function transactionMessage({ channelId, txId, input, signedProposal }: ChaincodeTransaction) {
  const message = new peer.ChaincodeMessage();
  message.setType(Type.TRANSACTION);
  message.setPayload(input.serializeBinary());
  message.setTxid(txId);
  message.setChannelId(channelId);
  message.setProposal(signedProposal);
  return message;
}

function control(type: typeof Type.REGISTERED | typeof Type.READY): peer.ChaincodeMessage {
  const message = new peer.ChaincodeMessage();
  message.setType(type);
  return message;
}

function reply(
  stream: Stream,
  request: peer.ChaincodeMessage,
  type: typeof Type.RESPONSE | typeof Type.ERROR,
  payload: Uint8Array | string,
): void {
  const message = new peer.ChaincodeMessage();
  message.setType(type);
  message.setPayload(typeof payload === 'string' ? Buffer.from(payload) : payload);
  // The shim finds the waiting call by these two, so they are echoed as they came.
  message.setTxid(request.getTxid());
  message.setChannelId(request.getChannelId());
  stream.write(message);
}

function finish(transaction: InFlight, message: peer.ChaincodeMessage): void {
  const payload = message.getPayload_asU8();
  if (message.getType() === Type.ERROR) {
    const text = Buffer.from(payload).toString('utf8');
    transaction.reject(new ChaincodeError('FAILED', `transaction returned with failure: ${text}`));
    return;
  }
  let response: peer.Response;
  try {
    response = peer.Response.deserializeBinary(payload);
  } catch (cause) {
    const text = `failed to unmarshal response for transaction ${transaction.txId}`;
    transaction.reject(new ChaincodeError('FAILED', text, { cause }));
    return;
  }
  transaction.resolve({ response, event: message.getChaincodeEvent() });
}
