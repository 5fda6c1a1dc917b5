import { Server, ServerCredentials } from '@grpc/grpc-js';
import { gateway } from '@hyperledger/fabric-protos';
import { deliverHandlers, deliverServiceDefinition, type DeliverOptions } from '../delivery/index.js';
import { gatewayHandlers, type GatewayServiceOptions } from '../gateway/index.js';
import { ServerError } from './server-error.js';

/** PEM. */
export interface TlsMaterial {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

export interface PeerServerOptions {
  /** Name or address to listen on; names are resolved. */
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial;
  readonly gateway: GatewayServiceOptions;
  readonly deliver: DeliverOptions;
}

const MAX_MESSAGE_BYTES = 100 * 1024 * 1024;
const SHUTDOWN_MS = 2_000;

/** One peer's port: `gateway.Gateway` and `protos.Deliver` over TLS with the peer's own certificate. */
export class PeerServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws ServerError (PORT_TAKEN, TLS_FILES). */
  static async listen(options: PeerServerOptions): Promise<PeerServer> {
    const server = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    });
    server.addService(gateway.GatewayService, gatewayHandlers(options.gateway));
    server.addService(deliverServiceDefinition, deliverHandlers(options.deliver));
    const address = `${options.host}:${String(options.port)}`;
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(address, credentialsOf(address, options.tls), (cause) => {
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
    return new PeerServer(server);
  }

  /** Lets calls finish for two seconds, then cuts the streams, which never end of their own. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
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
