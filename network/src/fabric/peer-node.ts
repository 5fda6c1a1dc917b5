import { z } from 'zod';
import { CodedError } from '../coded-error.js';
import { fabricPaths, organisationPaths } from '../home/index.js';
import { runCommand } from '../process/index.js';
import type { Organisation, Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { nodeEnvironment } from './node-environment.js';
import { localEndpoint } from './node-ports.js';
import { peerProcessName } from './peer-process.js';

const Info = z.object({ height: z.number() });

/** One peer of a topology, and whose it is. */
export interface PeerNode {
  readonly organisation: Organisation;
  readonly peer: Organisation['peers'][number];
  /** `peer0.hospital-a`. */
  readonly name: string;
}

export function peersOf({ organisations }: { readonly organisations: readonly Organisation[] }): PeerNode[] {
  return organisations.flatMap((organisation) =>
    organisation.peers.map((peer) => ({ organisation, peer, name: peerProcessName(organisation, peer) })),
  );
}

/** @throws CodedError PEER_UNKNOWN. */
export function findPeer(topology: Topology, name: string): PeerNode {
  const all = peersOf(topology);
  const found = all.find((node) => node.name === name);
  if (found !== undefined) return found;
  throw new CodedError('PEER_UNKNOWN', `there is no peer ${name}`, {
    hint: `There are: ${all.map((node) => node.name).join(', ')}`,
  });
}

/**
 * Fabric's `peer` command as the organisation's admin, at that peer itself: a gateway might ask another one.
 * @returns what it wrote to stdout.
 * @throws ProcessError COMMAND_FAILED.
 */
export function askPeer(
  home: string,
  { organisation, peer }: PeerNode,
  { peer: program }: FabricBinaries,
  ...words: readonly string[]
): Promise<string> {
  const paths = organisationPaths(home, organisation);
  const env = {
    ...nodeEnvironment(fabricPaths(home).peer(peer.name, organisation.domain).folder),
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_LOCALMSPID: organisation.mspId,
    CORE_PEER_ADDRESS: localEndpoint(peer.port),
    CORE_PEER_TLS_ROOTCERT_FILE: paths.tlsCa.certificate,
    CORE_PEER_MSPCONFIGPATH: paths.user('Admin').msp,
  };
  return runCommand(program, words, { env });
}

/** The channels that it has joined. @throws ProcessError COMMAND_FAILED. */
export async function joinedChannels(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
): Promise<string[]> {
  const [, ...lines] = (await askPeer(home, node, binaries, 'channel', 'list')).trim().split('\n');
  return lines.map((line) => line.trim());
}

/** How many blocks a peer has of a channel, by what it says itself. @throws ProcessError COMMAND_FAILED. */
export async function peerHeight(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  channel: string,
): Promise<number> {
  const text = await askPeer(home, node, binaries, 'channel', 'getinfo', '-c', channel);
  return Info.parse(JSON.parse(text.slice(text.indexOf('{')))).height;
}
