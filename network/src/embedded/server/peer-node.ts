import { gateway, peer } from '@hyperledger/fabric-protos';
import { PackageStore, PeerChaincodes } from '../chaincode/index.js';
import {
  configSystemChaincode,
  Endorser,
  querySystemChaincode,
  type SystemChaincode,
} from '../endorser/index.js';
import { deliverHandlers, deliverServiceDefinition, type Sessions } from '../delivery/index.js';
import { gatewayHandlers, type GatewayContext } from '../gateway/index.js';
import { lifecycleSystemChaincode, PeerLifecycle } from '../lifecycle/index.js';
import type { NodeSigner } from '../parts.js';
import { chaincodeSupportHandlers } from './chaincode-support.js';
import { GrpcServer, type ListenPlan } from './grpc-server.js';
import type { ServedChannel } from './served-channel.js';

export interface PeerPlan extends ListenPlan {
  readonly signer: NodeSigner;
  /** Folder of the chaincode packages that the peer has installed; made where it is absent. */
  readonly packagesDir: string;
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
  readonly #chaincodes: PeerChaincodes;
  readonly #lifecycle: PeerLifecycle;
  #server: GrpcServer | undefined;

  constructor(options: PeerNodeOptions) {
    this.#options = options;
    const { plan, executeTimeoutMs, log } = options;
    const { signer } = plan;
    const channels = new Map(options.channels.map((channel) => [channel.id, channel]));
    this.#chaincodes = new PeerChaincodes({
      store: new PackageStore(plan.packagesDir),
      executeTimeoutMs,
      log: (message, facts) => log?.(message, { ...facts, peer: signer.endpoint }),
    });
    this.#lifecycle = new PeerLifecycle({ mspId: signer.mspId, channels, chaincodes: this.#chaincodes });
    const systemChaincodes: SystemChaincode[] = [
      querySystemChaincode(channels),
      configSystemChaincode(channels),
      lifecycleSystemChaincode(this.#lifecycle),
    ];
    this.endorser = new Endorser({
      signer,
      channels,
      systemChaincodes: new Map(systemChaincodes.map((chaincode) => [chaincode.name, chaincode])),
      runtime: (ledger, definition) => this.#lifecycle.runtime(ledger, definition),
      runs: (ledger, chaincode) => this.#lifecycle.runs(ledger, chaincode),
    });
    this.#lifecycle.start();
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
    const chaincodes = chaincodeSupportHandlers((stream) => {
      this.#chaincodes.accept(stream);
    });
    this.#server = await GrpcServer.listen(plan, [
      { definition: gateway.GatewayService, handlers: { ...transactions } },
      { definition: deliverServiceDefinition, handlers: deliver },
      { definition: peer.ChaincodeSupportService, handlers: { ...chaincodes } },
    ]);
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
    this.#lifecycle.stop();
    await this.#chaincodes.close();
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
