import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
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

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws ServerError (PORT_TAKEN, TLS_FILES). */
  static async listen({ host, port, tls }: ListenPlan, services: readonly Service[]): Promise<GrpcServer> {
    const server = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    });
    for (const { definition, handlers } of services) server.addService(definition, handlers);
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
    return new GrpcServer(server);
  }

  /**
   * Closes the port, lets calls finish for a moment, then cuts the streams, which never end of their own.
   * @returns once the port is free.
   */
  async close(): Promise<void> {
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

function credentialsOf(address: string, { certificate, key }: TlsMaterial): ServerCredentials {
  try {
    return ServerCredentials.createSsl(null, [{ cert_chain: certificate, private_key: key }], false);
  } catch (cause) {
    throw new ServerError('TLS_FILES', `the TLS key or certificate of ${address} cannot be used`, { cause });
  }
}
