import {
  credentials,
  makeGenericClientConstructor,
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ClientOptions,
} from '@grpc/grpc-js';
import type { ChaincodeMessage } from '../wire/index.js';
import { ChaincodeError } from './chaincode-error.js';
import { ChaincodeSession, type MessageStream } from './chaincode-session.js';
import { chaincodeServiceDefinition } from './shim-service.js';
import type { ChaincodeResult, ChaincodeRuntime, ChaincodeTransaction } from './runtime.js';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
const DIAL_TIMEOUT_MS = 3_000;
const GRPC_OPTIONS: ClientOptions = {
  'grpc.max_receive_message_length': 100 * 1024 * 1024,
  'grpc.max_send_message_length': 100 * 1024 * 1024,
  'grpc.initial_reconnect_backoff_ms': FIRST_RETRY_MS,
  'grpc.max_reconnect_backoff_ms': LAST_RETRY_MS,
  // A connection of its own for every peer, though all of them dial the same address from one process.
  'grpc.use_local_subchannel_pool': 1,
};

interface ChaincodeClient extends Client {
  connect(): ClientDuplexStream<ChaincodeMessage, ChaincodeMessage>;
}
const ChaincodeClient = makeGenericClientConstructor(
  { ...chaincodeServiceDefinition },
  'protos.Chaincode',
) as unknown as new (...parameters: ConstructorParameters<typeof Client>) => ChaincodeClient;

export interface ChaincodeServiceOptions {
  /** The package id, which Fabric's messages name. */
  readonly packageId: string;
  /** `localhost:7052`. */
  readonly address: string;
  /** Plain text where it is left out. */
  readonly credentials?: ChannelCredentials;
  /** Whom the service's certificate has to name, where that is not the address's host. */
  readonly serverName?: string;
  /** How long one transaction may run; Fabric's default is 30 s. */
  readonly executeTimeoutMs?: number;
  /** How long a transaction waits for the service to register; Fabric's default is 3 s. */
  readonly dialTimeoutMs?: number;
  /** Told of every registration, with the id that the service gave itself, and of every loss of the stream. */
  readonly onStateChange?: (connected: boolean, reason: string) => void;
}

interface Waiter {
  resolve(session: ChaincodeSession): void;
  reject(error: ChaincodeError): void;
}

/** A chaincode that listens: dialled at once, and again whenever its stream is lost. */
export class ChaincodeService implements ChaincodeRuntime {
  readonly #options: ChaincodeServiceOptions;
  readonly #client: ChaincodeClient;
  readonly #waiting = new Set<Waiter>();
  #session: ChaincodeSession | undefined;
  #closed = false;
  #lastError = 'context deadline exceeded';
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ChaincodeServiceOptions) {
    this.#options = options;
    const { serverName } = options;
    this.#client = new ChaincodeClient(options.address, options.credentials ?? credentials.createInsecure(), {
      ...GRPC_OPTIONS,
      ...(serverName === undefined
        ? {}
        : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
    });
    this.#connect();
  }

  get isReady(): boolean {
    return this.#session?.isReady ?? false;
  }

  /** Resolves once the chaincode has registered. @throws ChaincodeError (UNAVAILABLE) after `timeoutMs`. */
  async ready(timeoutMs: number): Promise<void> {
    await this.#readySession(timeoutMs);
  }

  async execute(transaction: ChaincodeTransaction): Promise<ChaincodeResult> {
    const session = this.#session?.isReady
      ? this.#session
      : await this.#readySession(this.#options.dialTimeoutMs ?? DIAL_TIMEOUT_MS);
    return session.execute(transaction);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#session?.end('closed');
    for (const waiter of [...this.#waiting]) waiter.reject(this.#unavailable());
    this.#client.close();
    return Promise.resolve();
  }

  #connect(): void {
    const stream = messageStream(this.#client.connect());
    let wasReady = false;
    const session: ChaincodeSession = new ChaincodeSession(stream, {
      executeTimeoutMs: this.#options.executeTimeoutMs,
      // Fabric wants the package id here. Whoever answers at the package's address is its service, by any name.
      onRegister: () => undefined,
      onReady: (id) => {
        wasReady = true;
        this.#retryMs = FIRST_RETRY_MS;
        this.#options.onStateChange?.(true, id);
        for (const waiter of [...this.#waiting]) waiter.resolve(session);
      },
      onEnd: (reason) => {
        this.#lost(wasReady, reason);
      },
    });
    this.#session = session;
  }

  /** Dials again, a little later each time. */
  #lost(wasReady: boolean, reason: string): void {
    this.#session = undefined;
    this.#lastError = reason;
    if (wasReady) this.#options.onStateChange?.(false, reason);
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#connect();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #readySession(timeoutMs: number): Promise<ChaincodeSession> {
    if (this.#session?.isReady) return Promise.resolve(this.#session);
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
        resolve: (session) => {
          finish();
          resolve(session);
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
    const { packageId, address } = this.#options;
    return new ChaincodeError(
      'UNAVAILABLE',
      `could not launch chaincode ${packageId}: connection to ${packageId} failed: ` +
        `error cannot create connection for ${packageId}: error creating grpc connection to ${address}: ` +
        `failed to create new connection: ${this.#lastError}`,
    );
  }
}

function messageStream(stream: ClientDuplexStream<ChaincodeMessage, ChaincodeMessage>): MessageStream {
  return {
    write: (message) => stream.write(message),
    cancel: () => {
      stream.cancel();
    },
    onMessage: (listener) => stream.on('data', listener),
    onEnd(listener) {
      stream.on('error', (error) => {
        listener(error.message);
      });
      stream.on('end', () => {
        listener('the chaincode ended the stream');
      });
    },
  };
}
