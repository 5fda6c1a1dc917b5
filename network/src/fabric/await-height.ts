import { setTimeout as wait } from 'node:timers/promises';
import { common } from '@hyperledger/fabric-protos';
import { openAdminGateway } from '../admin-gateway.js';
import { channelsOf, type Organisation, type Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { FabricError } from './fabric-error.js';
import { peerHeight, peersOf, type PeerNode } from './peer-node.js';

const POLL_MS = 250;
const TIMEOUT_MS = 300_000;

/**
 * Waits until every peer has the blocks that any peer of its channels has now: one that has just joined begins with
 * block 0, and its answers are of then.
 * @throws FabricError PEERS_BEHIND naming the peer.
 */
export async function awaitHeight(home: string, topology: Topology, binaries: FabricBinaries): Promise<void> {
  for (const { name, members } of channelsOf(topology)) {
    const wanted = await channelHeight(home, topology, name);
    await Promise.all(
      peersOf({ organisations: members }).map((node) => awaitPeerHeight(home, node, binaries, name, wanted)),
    );
  }
}

/** Waits until a peer has so many blocks. @throws FabricError PEERS_BEHIND after five minutes. */
export async function awaitPeerHeight(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  channel: string,
  wanted: number,
): Promise<number> {
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await wait(POLL_MS)) {
    const height = await peerHeight(home, node, binaries, channel);
    if (height >= wanted) return height;
  }
  throw new FabricError(
    'PEERS_BEHIND',
    `${node.name} has not caught up with block ${wanted - 1} of ${channel}`,
    `See its log: medaccord logs ${node.name}`,
  );
}

/** How many blocks the peer has of a channel that has most of them. */
export async function channelHeight(home: string, topology: Topology, channel: string): Promise<number> {
  const members = channelsOf(topology).find(({ name }) => name === channel)?.members ?? [];
  const heights = await Promise.all(
    members.flatMap((organisation) =>
      organisation.peers.map((peer) => heightOf(home, organisation, peer, channel).catch(() => 0)),
    ),
  );
  return Math.max(0, ...heights);
}

async function heightOf(
  home: string,
  organisation: Organisation,
  peer: Organisation['peers'][number],
  channel: string,
): Promise<number> {
  const admin = openAdminGateway(home, organisation, peer);
  try {
    const qscc = admin.gateway.getNetwork(channel).getContract('qscc');
    const info = await qscc.evaluate('GetChainInfo', {
      arguments: [channel],
      endorsingOrganizations: [organisation.mspId],
    });
    return common.BlockchainInfo.deserializeBinary(info).getHeight();
  } finally {
    admin.close();
  }
}
