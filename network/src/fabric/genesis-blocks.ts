import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { genesisBlock, type ChannelConfig } from '../embedded/channel/index.js';
import { fabricPaths, ordererPaths, organisationPaths } from '../home/index.js';
import { writeDurably } from '../process/index.js';
import { channelsOf, type Organisation, type Topology } from '../topology/index.js';
import { localEndpoint } from './node-ports.js';

const HOST = 'localhost';

/**
 * Writes block 0 of each channel that has none yet. It is the one that the embedded ledger begins with, but for the
 * consensus: what is made by the same code needs no second description of the channel for configtxgen.
 */
export function ensureGenesisBlocks(home: string, topology: Topology): void {
  for (const { name, members } of channelsOf(topology)) {
    const file = fabricPaths(home).genesisBlock(name);
    if (existsSync(file)) continue;
    writeDurably(file, genesisBlock(channelConfig(home, topology, name, members)).serializeBinary());
  }
}

function channelConfig(
  home: string,
  { orderers, batch }: Topology,
  channelId: string,
  members: readonly Organisation[],
): ChannelConfig {
  const paths = ordererPaths(home, orderers);
  return {
    channelId,
    organisations: members.map((organisation) => ({
      name: organisation.name,
      mspId: organisation.mspId,
      dir: organisationPaths(home, organisation).msp,
      anchorPeers: organisation.peers.slice(0, 1).map(({ port }) => ({ host: HOST, port })),
    })),
    orderer: {
      name: 'OrdererOrg',
      mspId: orderers.mspId,
      dir: paths.msp,
      endpoints: orderers.nodes.map(({ port }) => localEndpoint(port)),
    },
    batch,
    consensus: {
      type: 'etcdraft',
      consenters: orderers.nodes.map(({ name, port }) => ({
        host: HOST,
        port,
        tlsCertificate: readFileSync(join(paths.orderer(name).tls, 'server.crt'), 'utf8'),
      })),
    },
  };
}
