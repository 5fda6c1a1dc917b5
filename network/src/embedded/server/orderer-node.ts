import { orderer } from '@hyperledger/fabric-protos';
import { MARSHALLED, orderedBlocksHandler, type DeliverOptions } from '../delivery/index.js';
import { broadcastHandler } from '../orderer/index.js';
import { GrpcServer, type ListenPlan } from './grpc-server.js';
import type { ServedChannel } from './served-channel.js';

export interface OrdererPlan extends ListenPlan {
  readonly mspId: string;
  /** `localhost:7050`. */
  readonly endpoint: string;
}

export interface OrdererNodeOptions extends DeliverOptions {
  readonly channels: ReadonlyMap<string, ServedChannel>;
  readonly log?: (message: string, facts: Record<string, unknown>) => void;
}

const { broadcast, deliver } = orderer.AtomicBroadcastService;
const SERVICE = { broadcast, deliver: { ...deliver, ...MARSHALLED } };

/**
 * Serves `orderer.AtomicBroadcast` on one orderer node's port. All nodes are this process: whichever takes an envelope,
 * it goes into the one chain of its channel.
 * @throws ServerError (PORT_TAKEN, TLS_FILES).
 */
export function listenAsOrderer(plan: OrdererPlan, options: OrdererNodeOptions): Promise<GrpcServer> {
  const handlers = {
    broadcast: broadcastHandler(options.channels, (error) =>
      options.log?.('a broadcast failed inside', { error }),
    ),
    deliver: orderedBlocksHandler(options),
  };
  return GrpcServer.listen(plan, [{ definition: SERVICE, handlers }]);
}
