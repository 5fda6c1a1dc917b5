import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ledgerFolder,
  ordererPaths,
  organisationPaths,
  peerPackagesFolder,
  topologyFile,
} from '../../home/index.js';
import type { ChannelOptions } from '../channel/index.js';
import { nodeSigner, openMsps } from '../identity/index.js';
import { channelsOf, loadTopology, type Topology } from '../../topology/index.js';
import type { EmbeddedNetworkOptions } from './embedded-network.js';
import type { PeerPlan } from './peer-node.js';
import type { TlsMaterial } from './grpc-server.js';
import { ServerError } from './server-error.js';

/** Everything is on one machine. */
const HOST = 'localhost';

/**
 * The network that a home folder describes: topology, crypto material in Fabric's layout, ledger data.
 * @throws TopologyError, IdentityError (MSP_FOLDER), ServerError (TLS_FILES), each naming the file.
 */
export function networkOfHome(home: string): { topology: Topology; options: EmbeddedNetworkOptions } {
  const topology = loadTopology(topologyFile(home));
  const { orderers } = topology;
  return {
    topology,
    options: {
      channels: channelPlans(home, topology),
      peers: peerPlans(home, topology),
      inProcess: topology.inProcess,
      orderers: orderers.nodes.map(({ name, port }) => ({
        mspId: orderers.mspId,
        endpoint: endpointOf(port),
        host: HOST,
        port,
        tls: readTls(ordererPaths(home, orderers).orderer(name).tls),
      })),
    },
  };
}

function channelPlans(home: string, topology: Topology): ChannelOptions[] {
  const { orderers, batch } = topology;
  const paths = ordererPaths(home, orderers);
  const ordererOrganisation = { name: 'OrdererOrg', mspId: orderers.mspId, dir: paths.msp };
  const endpoints = orderers.nodes.map(({ port }) => endpointOf(port));
  const [firstNode] = orderers.nodes;
  if (firstNode === undefined) throw new ServerError('BAD_ARGUMENTS', 'the topology has no orderer');
  const ordererSigner = nodeSigner({
    mspId: orderers.mspId,
    dir: paths.orderer(firstNode.name).msp,
    endpoint: endpointOf(firstNode.port),
  });
  return channelsOf(topology).map(({ name, members }) => {
    const organisations = members.map((organisation) => ({
      name: organisation.name,
      mspId: organisation.mspId,
      dir: organisationPaths(home, organisation).msp,
    }));
    return {
      dir: ledgerFolder(home, name),
      channelId: name,
      genesis: {
        channelId: name,
        organisations,
        orderer: { ...ordererOrganisation, endpoints },
        batch,
      },
      msps: openMsps([...organisations, ordererOrganisation]),
      ordererSigner,
    };
  });
}

function endpointOf(port: number): string {
  return `${HOST}:${String(port)}`;
}

function peerPlans(home: string, { organisations }: Topology): PeerPlan[] {
  return organisations.flatMap((organisation) =>
    organisation.peers.map(({ name, port }) => {
      const paths = organisationPaths(home, organisation);
      const { msp, tls } = paths.peer(name);
      return {
        name: `${name}.${organisation.name}`,
        localMsps: openMsps([{ mspId: organisation.mspId, dir: paths.msp }]),
        signer: nodeSigner({
          mspId: organisation.mspId,
          dir: msp,
          endpoint: endpointOf(port),
        }),
        host: HOST,
        port,
        tls: readTls(tls),
        packagesDir: peerPackagesFolder(home, name, organisation.domain),
      };
    }),
  );
}

function readTls(dir: string): TlsMaterial {
  try {
    return {
      certificate: readFileSync(join(dir, 'server.crt')),
      key: readFileSync(join(dir, 'server.key')),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError('TLS_FILES', `TLS files of a node: ${reason}`, { cause });
  }
}
