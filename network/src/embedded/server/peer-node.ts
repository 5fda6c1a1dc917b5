import { discovery, peer } from '@hyperledger/fabric-protos';
import {
  chaincodeSupportDefinition,
  PackageStore,
  PeerChaincodes,
  type InProcessChaincode,
} from '../chaincode/index.js';
import { discoverHandler, type DiscoveredPeer } from '../discovery/index.js';
import {
  configSystemChaincode,
  Endorser,
  endorserHandlers,
  querySystemChaincode,
  type SystemChaincode,
} from '../endorser/index.js';
import { deliverHandlers, deliverServiceDefinition, type Sessions } from '../delivery/index.js';
import { gatewayHandlers, gatewayServiceDefinition, type GatewayContext } from '../gateway/index.js';
import { lifecycleSystemChaincode, PeerLifecycle } from '../lifecycle/index.js';
import type { MspManager, NodeSigner } from '../parts.js';
import { chaincodeSupportHandlers } from './chaincode-support.js';
import { GrpcServer, type ListenPlan, type Service } from './grpc-server.js';
import type { ServedChannel } from './served-channel.js';

export interface PeerPlan extends ListenPlan {
  /** How commands call it: `peer0.hospital-a`. */
  readonly name: string;
  readonly signer: NodeSigner;
  /** Of its own organisation alone. */
  readonly localMsps: MspManager;
  /** Folder of the chaincode packages that the peer has installed; made where it is absent. */
  readonly packagesDir: string;
}

/** The peers that run at this moment. */
export interface RunningPeers {
  running(channelId: string): readonly PeerNode[];
  allRunning(): readonly PeerNode[];
}

export interface PeerNodeOptions {
  readonly plan: PeerPlan;
  /** Those that the peer's organisation is a member of. */
  readonly channels: readonly ServedChannel[];
  readonly peers: RunningPeers;
  /** Chaincodes of this process, which run for as long as the peer does. */
  readonly inProcess: readonly InProcessChaincode[];
  readonly sessions: Sessions;
  readonly now: () => Date;
  readonly executeTimeoutMs?: number;
  readonly endorsementTimeoutMs?: number;
  readonly log?: (message: string, facts: Record<string, unknown>) => void;
}

/** One peer: a signer, streams to the chaincodes, and a port. It shares blocks and state with all others. */
export class PeerNode implements DiscoveredPeer {
  readonly endorser: Endorser;
  readonly #options: PeerNodeOptions;
  readonly #channels: ReadonlyMap<string, ServedChannel>;
  readonly #chaincodes: PeerChaincodes;
  readonly #lifecycle: PeerLifecycle;
  #server: GrpcServer | undefined;
  #startedAt = 0;

  constructor(options: PeerNodeOptions) {
    this.#options = options;
    const { plan, executeTimeoutMs, log } = options;
    const { signer } = plan;
    const channels = new Map(options.channels.map((channel) => [channel.id, channel]));
    this.#channels = channels;
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
  }

  get name(): string {
    return this.#options.plan.name;
  }
  get signer(): NodeSigner {
    return this.#options.plan.signer;
  }
  get channelIds(): readonly string[] {
    return [...this.#channels.keys()];
  }
  get isRunning(): boolean {
    return this.#server !== undefined;
  }
  get startedAt(): number {
    return this.#startedAt;
  }

  chaincodes(channelId: string): readonly { readonly name: string; readonly version: string }[] {
    const ledger = this.#channels.get(channelId)?.ledger;
    return ledger === undefined ? [] : this.#lifecycle.running(ledger);
  }

  /** Opens the port and dials its chaincodes. @throws ServerError (PORT_TAKEN, TLS_FILES). */
  async start(): Promise<void> {
    this.#server = await GrpcServer.listen(this.#options.plan, this.#services());
    this.#startedAt = this.#options.now().getTime();
    for (const chaincode of this.#options.inProcess) this.#chaincodes.host(chaincode);
    this.#lifecycle.start();
  }

  /** Closes the port, ends every call and stream, and leaves the chaincodes. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#lifecycle.stop();
    await Promise.all([server?.close(), this.#chaincodes.close()]);
  }

  #services(): Service[] {
    const { plan, peers, sessions, now, log } = this.#options;
    const channels = this.#channels;
    const onInternalError = (error: unknown) => log?.('a call failed inside', { error, peer: plan.name });
    const discover = discoverHandler({
      channels: new Map(
        [...channels].map(([id, { ledger }]) => [id, { ledger, peers: () => peers.running(id) }]),
      ),
      peers: () => peers.allRunning(),
      local: { msps: plan.localMsps, mspId: plan.signer.mspId },
      onInternalError,
    });
    const { localMsps, signer } = plan;
    const proposals = endorserHandlers({
      endorser: this.endorser,
      channels,
      localMsps,
      now,
      onInternalError,
    });
    const transactions = gatewayHandlers({
      channels: new Map([...channels].map(([id, channel]) => [id, this.#gatewayContext(channel)])),
      onInternalError,
    });
    const chaincodes = chaincodeSupportHandlers((stream) => {
      this.#chaincodes.accept(stream);
    });
    return [
      { definition: gatewayServiceDefinition, handlers: transactions },
      {
        definition: deliverServiceDefinition,
        handlers: deliverHandlers({ channels, sessions, now, peerMspId: signer.mspId }),
      },
      { definition: peer.EndorserService, handlers: { ...proposals } },
      { definition: discovery.DiscoveryService, handlers: { discover } },
      { definition: { ...chaincodeSupportDefinition }, handlers: chaincodes },
    ];
  }

  #gatewayContext(channel: ServedChannel): GatewayContext {
    const { peers, sessions, now, endorsementTimeoutMs } = this.#options;
    const { orderers, feed, waiter } = channel;
    return {
      channel,
      orderers,
      own: this.endorser,
      get endorsers() {
        return peers.running(channel.id).map(({ endorser }) => endorser);
      },
      feed,
      waiter,
      sessions,
      now,
      endorsementTimeoutMs: endorsementTimeoutMs ?? 30_000,
    };
  }
}
