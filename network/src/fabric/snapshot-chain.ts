import { common } from '@hyperledger/fabric-protos';
import { openAdminGateway } from '../admin-gateway.js';
import { headerHash } from '../embedded/blocks/index.js';
import { channelsOf, type Topology } from '../topology/index.js';
import { FabricError } from './fabric-error.js';
import { peersOf, type PeerNode } from './peer-node.js';
import type { PeerSnapshot } from './peer-snapshot.js';

/**
 * Holds a snapshot's last block against the running channel: a peer would join by that of another network with a channel
 * of the same name, too, and then stand still at its first block.
 * @param joining Whose blocks are not asked for.
 * @throws FabricError SNAPSHOT_INVALID where it is of another chain, SNAPSHOT_NOT_KNOWN where no peer has that block.
 */
export async function requireSameChain(
  home: string,
  topology: Topology,
  joining: PeerNode,
  { channel, lastBlock, lastBlockHash, folder }: PeerSnapshot,
): Promise<void> {
  const organisations = channelsOf(topology).find(({ name }) => name === channel)?.members ?? [];
  for (const node of peersOf({ organisations }).filter(({ name }) => name !== joining.name)) {
    const hash = await hashOf(home, node, channel, lastBlock);
    if (hash === lastBlockHash) return;
    if (hash === undefined) continue;
    throw new FabricError(
      'SNAPSHOT_INVALID',
      `the snapshot in ${folder} is not used: block ${lastBlock} of ${channel} is another one`,
      'It is of another network: take one of this network with medaccord snapshot take',
    );
  }
  throw new FabricError(
    'SNAPSHOT_NOT_KNOWN',
    `no running peer of ${channel} has block ${lastBlock}, by which the snapshot in ${folder} is checked`,
    'Start the other peers, or take a snapshot of a later block: medaccord snapshot take',
  );
}

/** @returns hex; undefined where the peer does not answer, or has not that block. */
async function hashOf(
  home: string,
  { organisation, peer }: PeerNode,
  channel: string,
  block: number,
): Promise<string | undefined> {
  const admin = openAdminGateway(home, organisation, peer);
  try {
    const bytes = await admin.gateway
      .getNetwork(channel)
      .getContract('qscc')
      .evaluate('GetBlockByNumber', {
        arguments: [channel, String(block)],
        endorsingOrganizations: [organisation.mspId],
      });
    const header = common.Block.deserializeBinary(bytes).getHeader();
    return header === undefined ? undefined : headerHash(header).toString('hex');
  } catch {
    return undefined;
  } finally {
    admin.close();
  }
}
