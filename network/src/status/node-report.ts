import { join } from 'node:path';
import type { EngineName } from '../consortium/index.js';
import { peerName } from '../consortium/index.js';
import { fabricPaths, ordererPaths, organisationPaths } from '../home/index.js';
import { healthAt, readOperations } from '../operations-endpoint.js';
import {
  channelsOf,
  isConsortiumOrganisation,
  type ConsortiumOrganisation,
  type Organisation,
  type Topology,
} from '../topology/index.js';
import type { CommittedChaincode } from './ask-peer.js';
import { daysLeft } from './days-left.js';
import { folderBytes } from './disk-use.js';
import { shakeHands } from './handshake.js';

/** One node as it is seen from outside. What is not known, or does not apply, is left out. */
export interface NodeReport {
  /** `orderer0`, `peer0.hospital-a`, `gateway-hospital-a`. */
  readonly name: string;
  readonly kind: 'orderer' | 'peer' | 'gateway';
  /** The process that it is of; on the embedded ledger one for all orderers and peers. */
  readonly process: string;
  /** `OK`, or what is wrong. */
  readonly health?: string;
  /** Number of blocks by channel. */
  readonly heights?: Readonly<Record<string, number>>;
  /** Channels that this orderer leads. */
  readonly leads?: readonly string[];
  /** Until the first of its certificates expires; below 0: it has. */
  readonly certificateDays?: number;
  /** What is committed, by channel, as this peer knows it. */
  readonly chaincodes?: Readonly<Record<string, readonly CommittedChaincode[]>>;
  /** Bytes of its own folder; the embedded ledger's orderers and peers have none. */
  readonly diskBytes?: number;
}

/** Every node of a home, asked side by side. None of them can hold it up for longer than a few seconds. Never throws. */
export function nodeReports(home: string, topology: Topology, engine: EngineName): Promise<NodeReport[]> {
  const { orderers, organisations } = topology;
  return Promise.all([
    ...orderers.nodes.map((node) => ordererReport(home, topology, node, engine)),
    ...organisations.flatMap((organisation) =>
      organisation.peers.map((peer) => peerReport(home, topology, organisation, peer, engine)),
    ),
    ...organisations
      .filter(isConsortiumOrganisation)
      .map((organisation) => gatewayReport(home, organisation)),
  ]);
}

async function ordererReport(
  home: string,
  { orderers }: Topology,
  { name, operations }: Topology['orderers']['nodes'][number],
  engine: EngineName,
): Promise<NodeReport> {
  const { certificate, tls } = ordererPaths(home, orderers).orderer(name);
  const isFabric = engine === 'fabric';
  return {
    name,
    kind: 'orderer',
    process: isFabric ? name : 'ledger',
    certificateDays: daysLeft([certificate, join(tls, 'server.crt')]),
    ...(isFabric && operations !== undefined ? await readOperations(operations) : {}),
    ...(isFabric
      ? { diskBytes: await folderBytes(fabricPaths(home).orderer(name, orderers.domain).data) }
      : {}),
  };
}

async function peerReport(
  home: string,
  topology: Topology,
  organisation: Organisation,
  peer: Organisation['peers'][number],
  engine: EngineName,
): Promise<NodeReport> {
  const { certificate, tls } = organisationPaths(home, organisation).peer(peer.name);
  const isFabric = engine === 'fabric';
  const name = peerName(organisation, peer);
  const [operations, answers] = await Promise.all([
    isFabric && peer.operations !== undefined ? readOperations(peer.operations) : undefined,
    askedOf(home, topology, organisation, peer),
  ]);
  return {
    name,
    kind: 'peer',
    process: isFabric ? name : 'ledger',
    ...answers,
    ...(operations === undefined ? {} : { health: operations.health, heights: operations.heights }),
    certificateDays: daysLeft([certificate, join(tls, 'server.crt')]),
    ...(isFabric
      ? { diskBytes: await folderBytes(fabricPaths(home).peer(peer.name, organisation.domain).data) }
      : {}),
  };
}

/** What a peer says over its own port. */
async function askedOf(
  home: string,
  topology: Topology,
  organisation: Organisation,
  peer: Organisation['peers'][number],
): Promise<Pick<NodeReport, 'health' | 'heights' | 'chaincodes'>> {
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const { PeerQuestions } = await import('./ask-peer.js');
  const channels = channelsOf(topology)
    .filter(({ members }) => members.includes(organisation))
    .map(({ name }) => name);
  let questions: InstanceType<typeof PeerQuestions> | undefined;
  try {
    await shakeHands(peer.port, organisationPaths(home, organisation).tlsCa.certificate);
    const asked = (questions = new PeerQuestions(home, organisation, peer));
    const answers = await Promise.all(
      channels.map(async (channel) => {
        const [height, chaincodes] = await Promise.all([asked.height(channel), asked.chaincodes(channel)]);
        return { channel, height, chaincodes };
      }),
    );
    return {
      health: 'OK',
      heights: Object.fromEntries(answers.map(({ channel, height }) => [channel, height])),
      chaincodes: Object.fromEntries(answers.map(({ channel, chaincodes }) => [channel, chaincodes])),
    };
  } catch (error) {
    return { health: shortReason(error) };
  } finally {
    questions?.close();
  }
}

/** gRPC's messages go on with what was tried. */
function shortReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('14 UNAVAILABLE')) return 'not reachable';
  return /^4 DEADLINE/.test(message) ? 'no answer within 2 s' : message;
}

async function gatewayReport(home: string, organisation: ConsortiumOrganisation): Promise<NodeReport> {
  const { gateway, tlsCa } = organisationPaths(home, organisation);
  const name = `gateway-${organisation.name}`;
  return {
    name,
    kind: 'gateway',
    process: name,
    health: await healthAt(`https://localhost:${organisation.gateway.rest}/readyz`, tlsCa.certificate),
    certificateDays: daysLeft([join(gateway.tls, 'server.crt')]),
    diskBytes: await folderBytes(gateway.folder),
  };
}
