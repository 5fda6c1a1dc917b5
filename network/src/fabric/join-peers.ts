import { fabricPaths } from '../home/index.js';
import { channelsOf, type Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { askPeer, joinedChannels, peersOf } from './peer-node.js';

/**
 * Lets every peer join the channels of its organisation that it has not joined yet, as the organisation's admin.
 * @returns how many joins there were.
 * @throws ProcessError COMMAND_FAILED.
 */
export async function joinPeers(home: string, topology: Topology, binaries: FabricBinaries): Promise<number> {
  const joins = peersOf(topology).map(async (node) => {
    const known = await joinedChannels(home, node, binaries);
    const missing = channelsOf(topology).filter(
      ({ name, members }) => members.includes(node.organisation) && !known.includes(name),
    );
    for (const { name } of missing) {
      await askPeer(
        home,
        node,
        binaries,
        'channel',
        'join',
        '--blockpath',
        fabricPaths(home).genesisBlock(name),
      );
    }
    return missing.length;
  });
  return (await Promise.all(joins)).reduce((sum, count) => sum + count, 0);
}
