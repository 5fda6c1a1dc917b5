import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  genesisBlock,
  type BftConsenter,
  type ChannelConfig,
  type Consensus,
} from '../embedded/channel/index.js';
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
    consensus: consensusOf(home, orderers, batch),
  };
}

function consensusOf(home: string, orderers: Topology['orderers'], batch: Topology['batch']): Consensus {
  const paths = ordererPaths(home, orderers);
  const consenters = orderers.nodes.map(({ name, port }): BftConsenter => {
    const { tls, certificate } = paths.orderer(name);
    return {
      host: HOST,
      port,
      mspId: orderers.mspId,
      certificate: readFileSync(certificate, 'utf8'),
      tlsCertificate: readFileSync(join(tls, 'server.crt'), 'utf8'),
    };
  });
  return orderers.consensus === 'bft' ? { type: 'BFT', consenters, batch } : { type: 'etcdraft', consenters };
}
