import {
  Server,
  ServerCredentials,
  status,
  type ServiceDefinition,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ServerError } from './server-error.js';

/** PEM. */
export interface TlsMaterial {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** Where one node listens. */
export interface ListenPlan {
  /** Name or address to listen on; names are resolved. */
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial;
}

export interface Service {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

/** Fabric's default for peers and orderers, in both directions. */
const MAX_MESSAGE_BYTES = 100 * 1024 * 1024;
const SHUTDOWN_MS = 1_000;

/**
 * One node's port over TLS with the node's own certificate. As on a Fabric node without `clientAuthRequired`, a client
 * may bring a certificate, which is not looked at.
 */
export class GrpcServer {
  readonly #server: Server;
  readonly #streams: ReadonlySet<Stream>;

  private constructor(server: Server, streams: ReadonlySet<Stream>) {
    this.#server = server;
    this.#streams = streams;
  }

  /** @throws ServerError (PORT_TAKEN, TLS_FILES). */
  static async listen({ host, port, tls }: ListenPlan, services: readonly Service[]): Promise<GrpcServer> {
    const server = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      // Counts that nobody asks for cost every call something.
      'grpc.enable_channelz': 0,
    });
    const streams = new Set<Stream>();
    for (const { definition, handlers } of services) {
      server.addService(definition, withStreamsKept(handlers, streams));
    }
    const address = `${host}:${String(port)}`;
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(address, credentialsOf(address, tls), (cause) => {
        if (cause === null) resolve();
        else {
          reject(
            new ServerError('PORT_TAKEN', `cannot listen on ${address}: ${cause.message}`, {
              hint: 'stop what listens there, or start with another --port-offset',
              cause,
            }),
          );
        }
      });
    });
    return new GrpcServer(server, streams);
  }

  /**
   * Closes the port and ends the streams, which never end of their own: their clients see a node that is gone, as of
   * a Fabric node that stops. Calls may finish for a moment.
   * @returns once the port is free.
   */
  async close(): Promise<void> {
    for (const stream of [...this.#streams]) {
      stream.emit('error', { code: status.UNAVAILABLE, details: 'the node is closing' });
    }
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        this.#server.forceShutdown();
      }, SHUTDOWN_MS);
      this.#server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }
}

/** A call that sends any number of messages. */
interface Stream {
  write(message: unknown): boolean;
  emit(event: 'error', failure: { code: status; details: string }): boolean;
  once(event: string, listener: () => void): unknown;
}

function isStream(call: unknown): call is Stream {
  return typeof call === 'object' && call !== null && 'write' in call;
}

/** The same handlers; the streams that they serve are in the set for as long as they are open. */
function withStreamsKept(
  handlers: UntypedServiceImplementation,
  streams: Set<Stream>,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const handle = handler as (...parameters: unknown[]) => void;
      const kept = (call: unknown, ...more: unknown[]): void => {
        if (isStream(call)) {
          streams.add(call);
          for (const end of ['close', 'finish', 'cancelled', 'error']) {
            call.once(end, () => streams.delete(call));
          }
        }
        handle(call, ...more);
      };
      return [name, kept as UntypedHandleCall];
    }),
  );
}

function credentialsOf(address: string, { certificate, key }: TlsMaterial): ServerCredentials {
  try {
    return ServerCredentials.createSsl(null, [{ cert_chain: certificate, private_key: key }], false);
  } catch (cause) {
    throw new ServerError('TLS_FILES', `the TLS key or certificate of ${address} cannot be used`, { cause });
  }
}
