import { ChaincodeService } from '../chaincode/index.js';
import { openChannelLedger, type ChannelOptions } from '../channel/index.js';
import { BlockFeed, Sessions } from '../delivery/index.js';
import { Endorser } from '../endorser/index.js';
import { CommitWaiter } from '../gateway/index.js';
import type { ChannelLedger, NodeSigner, Orderer } from '../parts.js';
import { PeerServer, type TlsMaterial } from './peer-server.js';
import { ServerError } from './server-error.js';

export interface PeerPlan {
  readonly signer: NodeSigner;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial;
}

export interface EmbeddedNetworkOptions {
  readonly channel: ChannelOptions;
  /** Organisations of the application: who may propose and read. */
  readonly mspIds: readonly string[];
  readonly peers: readonly PeerPlan[];
  readonly ordererEndpoint: string;
  readonly now?: () => Date;
  readonly executeTimeoutMs?: number;
  readonly endorsementTimeoutMs?: number;
  /** How long the chaincode services may take to register at the start. */
  readonly chaincodeReadyMs?: number;
  /** One line for the log. */
  readonly log?: (message: string, facts: Record<string, unknown>) => void;
}

export interface EmbeddedNetwork {
  readonly ledger: ChannelLedger;
  readonly orderer: Orderer;
  /** In reverse order of the start. */
  close(): Promise<void>;
}

/**
 * Opens the channel and serves it on every peer's port. What was started is closed again where a later step fails.
 * @throws ServerError, or what opening the channel throws.
 */
export async function startEmbeddedNetwork(options: EmbeddedNetworkOptions): Promise<EmbeddedNetwork> {
  const started: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    const parts = await start(options, started);
    return { ...parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: EmbeddedNetworkOptions, started: (() => Promise<void> | void)[]) {
  const { mspIds, peers } = options;
  const now = options.now ?? (() => new Date());
  const { ledger, orderer } = await openChannelLedger(options.channel);
  started.push(
    () => ledger.close(),
    () => orderer.close(),
  );

  const runtimes = peers.map((peer) => chaincodesOf(peer, options));
  started.push(async () => {
    await Promise.all(runtimes.flatMap((services) => [...services.values()].map((one) => one.close())));
  });
  const endorsers = peers.map(({ signer }, index) => {
    const services = runtimes[index];
    return new Endorser({ ledger, signer, mspIds, runtime: (name) => services?.get(name) });
  });

  const feed = new BlockFeed(ledger);
  const sessions = new Sessions(now);
  const waiter = new CommitWaiter(ledger);
  started.push(() => {
    waiter.close();
    sessions.close();
    feed.close();
  });

  await chaincodesReady(runtimes, options);
  const shared = { ledger, mspIds, feed, sessions, now };
  const servers: PeerServer[] = [];
  started.push(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  for (const [index, { signer, host, port, tls }] of peers.entries()) {
    const own = endorsers[index];
    if (own === undefined) continue;
    servers.push(
      await PeerServer.listen({
        host,
        port,
        tls,
        deliver: { ...shared, peerMspId: signer.mspId },
        gateway: {
          ...shared,
          orderer,
          ordererEndpoint: options.ordererEndpoint,
          ordererMspId: options.channel.ordererSigner.mspId,
          own,
          endorsers,
          waiter,
          endorsementTimeoutMs: options.endorsementTimeoutMs ?? 30_000,
          onInternalError: (error) => options.log?.('a call failed inside', { error }),
        },
      }),
    );
  }
  return { ledger, orderer };
}

/** Every peer has its own streams, so that the transactions of different peers run independently. */
function chaincodesOf({ signer }: PeerPlan, options: EmbeddedNetworkOptions): Map<string, ChaincodeService> {
  return new Map(
    options.channel.chaincodes.map(({ name, address }) => [
      name,
      new ChaincodeService({
        name,
        address,
        executeTimeoutMs: options.executeTimeoutMs,
        onStateChange: (connected, reason) => {
          options.log?.(connected ? 'chaincode registered' : 'chaincode stream lost', {
            chaincode: name,
            peer: signer.endpoint,
            reason,
          });
        },
      }),
    ]),
  );
}

async function chaincodesReady(
  runtimes: readonly ReadonlyMap<string, ChaincodeService>[],
  { chaincodeReadyMs = 30_000 }: EmbeddedNetworkOptions,
): Promise<void> {
  try {
    await Promise.all(
      runtimes.flatMap((services) => [...services.values()].map((one) => one.ready(chaincodeReadyMs))),
    );
  } catch (cause) {
    throw new ServerError('CHAINCODE_UNREACHABLE', cause instanceof Error ? cause.message : String(cause), {
      hint: 'start the chaincode service first',
      cause,
    });
  }
}
