import { gateway } from '@hyperledger/fabric-protos';
import { ChaincodeService } from '../chaincode/index.js';
import { Endorser } from '../endorser/index.js';
import { deliverHandlers, deliverServiceDefinition, type Sessions } from '../delivery/index.js';
import { gatewayHandlers, type GatewayContext } from '../gateway/index.js';
import type { ChaincodeDefinition, NodeSigner } from '../parts.js';
import { GrpcServer, type ListenPlan } from './grpc-server.js';
import type { ServedChannel } from './served-channel.js';

export interface PeerPlan extends ListenPlan {
  readonly signer: NodeSigner;
}

export interface PeerNodeOptions {
  readonly plan: PeerPlan;
  /** Those that the peer's organisation is a member of. */
  readonly channels: readonly ServedChannel[];
  /** The peers of a channel that run at this moment. */
  readonly running: (channelId: string) => readonly PeerNode[];
  readonly sessions: Sessions;
  readonly now: () => Date;
  readonly executeTimeoutMs?: number;
  readonly endorsementTimeoutMs?: number;
  readonly log?: (message: string, facts: Record<string, unknown>) => void;
}

/** One peer: a signer, streams to the chaincodes, and a port. It shares blocks and state with all others. */
export class PeerNode {
  readonly endorser: Endorser;
  readonly #options: PeerNodeOptions;
  readonly #services = new Map<string, ChaincodeService>();
  #server: GrpcServer | undefined;

  constructor(options: PeerNodeOptions) {
    this.#options = options;
    this.endorser = new Endorser({
      signer: options.plan.signer,
      channels: new Map(options.channels.map((channel) => [channel.id, channel])),
      runtime: (definition) => this.#services.get(serviceKey(definition)),
    });
  }

  /** Dials every chaincode of the peer's channels; `ready` waits for them. */
  dial(definitions: readonly ChaincodeDefinition[]): void {
    const { plan, executeTimeoutMs, log } = this.#options;
    for (const definition of definitions) {
      const key = serviceKey(definition);
      if (this.#services.has(key)) continue;
      const { name, address } = definition;
      const onStateChange = (connected: boolean, reason: string): void => {
        log?.(connected ? 'chaincode registered' : 'chaincode stream lost', {
          chaincode: name,
          peer: plan.signer.endpoint,
          reason,
        });
      };
      this.#services.set(key, new ChaincodeService({ name, address, executeTimeoutMs, onStateChange }));
    }
  }

  /** @throws ChaincodeError (UNAVAILABLE) where a chaincode has not registered in time. */
  async ready(timeoutMs: number): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.ready(timeoutMs)));
  }

  /** @throws ServerError (PORT_TAKEN, TLS_FILES). */
  async listen(): Promise<void> {
    const { plan, channels, sessions, now, log } = this.#options;
    const deliver = deliverHandlers({
      channels: new Map(channels.map((channel) => [channel.id, channel])),
      sessions,
      now,
      peerMspId: plan.signer.mspId,
    });
    const transactions = gatewayHandlers({
      channels: new Map(channels.map((channel) => [channel.id, this.#gatewayContext(channel)])),
      onInternalError: (error) => log?.('a call failed inside', { error }),
    });
    this.#server = await GrpcServer.listen(plan, [
      { definition: gateway.GatewayService, handlers: { ...transactions } },
      { definition: deliverServiceDefinition, handlers: deliver },
    ]);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    await Promise.all([...this.#services.values()].map((service) => service.close()));
    this.#services.clear();
  }

  #gatewayContext(channel: ServedChannel): GatewayContext {
    const { running, sessions, now, endorsementTimeoutMs } = this.#options;
    const { orderers, feed, waiter } = channel;
    return {
      channel,
      orderers,
      own: this.endorser,
      get endorsers() {
        return running(channel.id).map(({ endorser }) => endorser);
      },
      feed,
      waiter,
      sessions,
      now,
      endorsementTimeoutMs: endorsementTimeoutMs ?? 30_000,
    };
  }
}

function serviceKey({ name, address }: ChaincodeDefinition): string {
  return `${name}@${address}`;
}
