import { setTimeout as wait } from 'node:timers/promises';
import { organisationPaths } from '../home/index.js';
import type { FabricBinaries } from './binaries.js';
import { FabricError } from './fabric-error.js';
import { localEndpoint } from './node-ports.js';
import { askPeer, peerHeight, type PeerNode } from './peer-node.js';
import { snapshotsOf, type MadeSnapshot } from './peer-snapshot.js';

const POLL_MS = 200;

/**
 * Lets a running peer make a snapshot of a channel at its last block (at the next, where that is on its way), and waits
 * until it is whole. The peer commits no block meanwhile.
 * @returns the one that is there already, where the peer has one of its last block.
 * @throws ProcessError COMMAND_FAILED; FabricError SNAPSHOT_NOT_MADE.
 */
export async function takeSnapshot(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  channel: string,
): Promise<MadeSnapshot> {
  const first = (await peerHeight(home, node, binaries, channel)) - 1;
  const made = (): MadeSnapshot | undefined =>
    snapshotsOf(home, node, channel).find(({ lastBlock }) => lastBlock >= first);
  const pending = () => pendingBlocks(home, node, binaries, channel);
  const there = made();
  if (there !== undefined) return there;
  // Somebody else may have asked for the same one.
  if (!(await pending()).includes(first)) await submit(home, node, binaries, channel, made);
  for (;;) {
    const asked = await pending();
    const height = await peerHeight(home, node, binaries, channel);
    const done = made();
    if (done !== undefined) return done;
    // Others may have asked for blocks that are still to come.
    if (!asked.some((block) => block <= height)) break;
    await wait(POLL_MS);
  }
  throw new FabricError(
    'SNAPSHOT_NOT_MADE',
    `${node.name} could not make a snapshot of ${channel}`,
    `See its log: medaccord logs ${node.name}`,
  );
}

/** Refused where another has asked for the same block meanwhile, which then is made or pending. */
async function submit(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  channel: string,
  made: () => MadeSnapshot | undefined,
): Promise<void> {
  try {
    await askPeer(home, node, binaries, 'snapshot', 'submitrequest', ...atPeer(home, node, channel));
  } catch (error) {
    if ((await pendingBlocks(home, node, binaries, channel)).length === 0 && made() === undefined)
      throw error;
  }
}

/** Of which a snapshot is asked for and not made yet. */
async function pendingBlocks(
  home: string,
  node: PeerNode,
  binaries: FabricBinaries,
  channel: string,
): Promise<number[]> {
  const told = await askPeer(home, node, binaries, 'snapshot', 'listpending', ...atPeer(home, node, channel));
  const [, blocks = ''] = /\[([\d ]*)\]/.exec(told) ?? [];
  return blocks.split(' ').filter(Boolean).map(Number);
}

/** These subcommands take from the environment neither the address nor the certificate. */
function atPeer(home: string, { organisation, peer }: PeerNode, channel: string): string[] {
  const { certificate } = organisationPaths(home, organisation).tlsCa;
  return [
    ...['--channelID', channel, '--peerAddress', localEndpoint(peer.port)],
    ...['--tlsRootCertFile', certificate],
  ];
}
