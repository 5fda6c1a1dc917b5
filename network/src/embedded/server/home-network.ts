import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledgerFolder, ordererPaths, organisationPaths, topologyFile } from '../../home/index.js';
import { nodeSigner, openMsps } from '../identity/index.js';
import type { ChaincodeDefinition } from '../parts.js';
import { parsePolicy } from '../policy/index.js';
import { chaincodeDefinition, loadTopology, type Topology } from '../../topology/index.js';
import type { EmbeddedNetworkOptions, PeerPlan } from './embedded-network.js';
import type { TlsMaterial } from './peer-server.js';
import { ServerError } from './server-error.js';

/** Everything is on one machine. */
const HOST = 'localhost';

/**
 * The network that a home folder describes: topology, crypto material in Fabric's layout, ledger data.
 * @throws TopologyError, IdentityError (MSP_FOLDER), ServerError (TLS_FILES), each naming the file.
 */
export function networkOfHome(home: string): { topology: Topology; options: EmbeddedNetworkOptions } {
  const topology = loadTopology(topologyFile(home));
  const { channel, orderers, organisations, batch } = topology;
  const ordererOrg = ordererPaths(home, orderers);
  const applications = organisations.map((organisation) => ({
    name: organisation.name,
    mspId: organisation.mspId,
    dir: organisationPaths(home, organisation).msp,
  }));
  const ordererOrganisation = { name: 'OrdererOrg', mspId: orderers.mspId, dir: ordererOrg.msp };
  const endpoints = orderers.nodes.map(({ port }) => `${HOST}:${String(port)}`);
  const [firstNode] = orderers.nodes;
  const [ordererEndpoint] = endpoints;
  if (firstNode === undefined || ordererEndpoint === undefined) {
    throw new ServerError('BAD_ARGUMENTS', 'the topology has no orderer');
  }
  const options: EmbeddedNetworkOptions = {
    mspIds: organisations.map(({ mspId }) => mspId),
    ordererEndpoint,
    peers: peerPlans(home, topology),
    channel: {
      dir: ledgerFolder(home, channel),
      channelId: channel,
      genesis: {
        channelId: channel,
        organisations: applications,
        orderer: { ...ordererOrganisation, endpoints },
        batch,
      },
      msps: openMsps([...applications, ordererOrganisation]),
      chaincodes: [definitionOf(topology)],
      ordererSigner: nodeSigner({
        mspId: orderers.mspId,
        dir: ordererOrg.orderer(firstNode.name).msp,
        endpoint: ordererEndpoint,
      }),
      batch,
    },
  };
  return { topology, options };
}

function peerPlans(home: string, { organisations }: Topology): PeerPlan[] {
  return organisations.flatMap((organisation) =>
    organisation.peers.map(({ name, port }) => {
      const { msp, tls } = organisationPaths(home, organisation).peer(name);
      return {
        signer: nodeSigner({
          mspId: organisation.mspId,
          dir: msp,
          endpoint: `${HOST}:${String(port)}`,
        }),
        host: HOST,
        port,
        tls: readTls(tls),
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
    throw new ServerError('TLS_FILES', `TLS files of a peer: ${reason}`, { cause });
  }
}

/** The chaincode of the topology, run as one service at the first organisation's chaincode port. */
export function definitionOf(topology: Topology): ChaincodeDefinition {
  const plan = chaincodeDefinition(topology);
  const port = topology.organisations[0]?.chaincode.port ?? 0;
  return {
    name: plan.name,
    version: plan.version,
    sequence: plan.sequence,
    endorsementPolicy: parsePolicy(plan.endorsementPolicy),
    collections: plan.collections.map((collection) => ({
      name: collection.name,
      memberOrgs: collection.memberOrgs,
      memberOnlyRead: collection.memberOnlyRead,
      memberOnlyWrite: collection.memberOnlyWrite,
      blockToLive: collection.blockToLive,
      requiredPeerCount: collection.requiredPeerCount,
      maxPeerCount: collection.maxPeerCount,
      endorsementPolicy: parsePolicy(collection.endorsementPolicy),
    })),
    address: `${HOST}:${String(port)}`,
  };
}
