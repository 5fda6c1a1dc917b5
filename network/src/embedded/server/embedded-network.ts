import { loadChaincode, type InProcessPackage } from '../chaincode/index.js';
import type { ChannelOptions } from '../channel/index.js';
import { Sessions } from '../delivery/index.js';
import type { PeerControl } from '../../control/index.js';
import type { Channels } from '../parts.js';
import { listenAsOrderer, type OrdererPlan } from './orderer-node.js';
import { PeerNode, type PeerPlan } from './peer-node.js';
import { Peers } from './peers.js';
import { ServedChannel } from './served-channel.js';

export interface EmbeddedNetworkOptions {
  /** At least one. A peer joins those that its organisation is a member of. */
  readonly channels: readonly ChannelOptions[];
  readonly peers: readonly PeerPlan[];
  readonly orderers: readonly OrdererPlan[];
  /** Contract packages that run in this process instead of as services. */
  readonly inProcess?: readonly InProcessPackage[];
  readonly now?: () => Date;
  readonly executeTimeoutMs?: number;
  readonly endorsementTimeoutMs?: number;
  /** One line for the log. */
  readonly log?: (message: string, facts: Record<string, unknown>) => void;
}

export interface EmbeddedNetwork {
  readonly channels: Channels;
  readonly peers: PeerControl;
  /** In reverse order of the start. */
  close(): Promise<void>;
}

/**
 * Opens the channels and serves them on every peer's and orderer's port. What was started is closed again where a later step fails.
 * @throws ServerError, ChaincodeError (BAD_PACKAGE), or what opening a channel throws.
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

async function start(
  options: EmbeddedNetworkOptions,
  started: (() => Promise<void> | void)[],
): Promise<Pick<EmbeddedNetwork, 'channels' | 'peers'>> {
  const channels: ServedChannel[] = [];
  for (const channelOptions of options.channels) {
    const channel = await ServedChannel.open(channelOptions, options.orderers);
    started.push(() => channel.close());
    channels.push(channel);
  }
  const now = options.now ?? (() => new Date());
  const sessions = new Sessions(now);
  started.push(() => {
    sessions.close();
  });

  const inProcess = await Promise.all((options.inProcess ?? []).map(loadChaincode));
  const peers = new Peers((running) =>
    options.peers.map((plan) => {
      const joined = channels.filter(({ ledger }) => ledger.mspIds.includes(plan.signer.mspId));
      return new PeerNode({ ...options, inProcess, plan, channels: joined, peers: running, sessions, now });
    }),
  );
  started.push(() => peers.stopAll());
  await peers.startAll();
  const byId = new Map(channels.map((channel) => [channel.id, channel]));
  for (const plan of options.orderers) {
    const server = await listenAsOrderer(plan, { channels: byId, sessions, now, log: options.log });
    started.push(() => server.close());
  }
  return { channels: byId, peers };
}
