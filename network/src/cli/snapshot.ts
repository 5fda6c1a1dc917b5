import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CodedError } from '../coded-error.js';
import { config } from '../config.js';
import { engineFor, peerControl, requireRunning, requireTopology } from '../consortium/index.js';
import { channelsOf, type Topology } from '../topology/index.js';
import { globalOptions } from './global-options.js';
import { runNetworkChange } from './network-change.js';
import { formatTable, printJson, printLine } from './output.js';

interface JoinOptions {
  readonly from?: string;
  readonly channel?: string;
  readonly dryRun: boolean;
}

/** `medaccord snapshot …`: Fabric's own snapshots of real peers; the embedded ledger's are `medaccord ledger snapshot`. */
export function registerSnapshot(program: Command): void {
  const snapshot = program.command('snapshot').description("snapshots of real peers, in Fabric's own form");
  registerTake(snapshot);
  registerList(snapshot);
  registerJoin(snapshot);
}

function registerTake(snapshot: Command): void {
  snapshot
    .command('take <peer>')
    .description('let a running peer write the state of a channel at its last block')
    .option('--channel <name>', 'of which channel (default: that of all organisations)')
    .addHelpText(
      'after',
      `
Example:
  medaccord snapshot take peer0.hospital-a

It holds public state, transaction ids and the hashes of private values. The peer writes no block meanwhile. Peers of
other organisations have the same hash for the same block. Nothing removes it but you.`,
    )
    .action(async (name: string, { channel: asked }: { readonly channel?: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      requireFabric(home);
      const topology = requireTopology(home);
      requireRunning(home);
      const { findBinaries, findPeer, takeSnapshot } = await import('../fabric/index.js');
      const node = findPeer(topology, name);
      const channel = requireChannel(topology, name, node.organisation, asked ?? topology.channel);
      await requirePeerRuns(home, name);
      const { peer, lastBlock, lastBlockHash, hash, folder } = await takeSnapshot(
        home,
        node,
        findBinaries(config.fabric),
        channel,
      );
      if (json) printJson({ peer, channel, lastBlock, lastBlockHash, hash, folder });
      else {
        printLine(`${peer}: ${channel} up to block ${lastBlock}, in ${folder}`);
        printLine(`  hash ${hash}`);
      }
    });
}

function registerList(snapshot: Command): void {
  snapshot
    .command('list')
    .description('the snapshots that the peers of this home have made; they need not run')
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = globalOptions(command);
      requireFabric(home);
      const { listSnapshots } = await import('../fabric/index.js');
      const made = listSnapshots(home, requireTopology(home));
      if (json) {
        const snapshots = made.map(({ peer, channel, lastBlock, lastBlockHash, hash, folder }) => ({
          ...{ peer, channel, lastBlock, lastBlockHash, hash, folder },
        }));
        printJson({ snapshots });
        return;
      }
      const rows = made.map(({ peer, channel, lastBlock, hash, folder }) => [
        ...[peer, channel, String(lastBlock), hash.slice(0, 16), folder],
      ]);
      printLine(formatTable(['Peer', 'Channel', 'Last block', 'Hash', 'Folder'], rows));
    });
}

function registerJoin(snapshot: Command): void {
  snapshot
    .command('join <peer>')
    .description('a peer that has no blocks of its channels begins with a snapshot, and catches up')
    .option('--from <dir>', 'folder of the snapshot (default: the newest that a peer of this home has made)')
    .option('--channel <name>', 'that channel alone (default: all of its organisation)')
    .option('--dry-run', 'print what would be done; do nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  medaccord snapshot join peer1.hospital-a --dry-run
  medaccord snapshot join peer1.hospital-a --from /backup/care-1200

It has no block and no history from before the snapshot: for these it answers 404. Private values come from other peers
of their collections, about a minute later; those that no other peer keeps do not come back,
and so the only peer of an organisation is refused.`,
    )
    .action(async (name: string, { from, channel, dryRun }: JoinOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      requireFabric(home);
      const topology = requireTopology(home);
      requireRunning(home);
      const { JoinBySnapshot, withChangeLock } = await import('../change/index.js');
      const choice = { channel, from: from === undefined ? undefined : resolve(from) };
      const change = new JoinBySnapshot({ home, topology, engine: 'fabric' }, name, choice);
      const work = () => runNetworkChange(change, { dryRun, json, done: `${name} has its channels.` });
      await (dryRun ? work() : withChangeLock(home, work));
    });
}

/** @throws CodedError ENGINE_NOT_AVAILABLE. */
function requireFabric(home: string): void {
  if (engineFor(home, undefined) === 'fabric') return;
  throw new CodedError('ENGINE_NOT_AVAILABLE', `the peers of ${home} are the embedded ledger's`, {
    hint: 'Its snapshots: medaccord ledger snapshot, and medaccord ledger restore',
  });
}

/** @throws CodedError PEER_NOT_RUNNING. */
async function requirePeerRuns(home: string, name: string): Promise<void> {
  const peers = await peerControl(home).peers();
  if (peers.some((peer) => peer.name === name && peer.running)) return;
  throw new CodedError('PEER_NOT_RUNNING', `${name} is stopped`, {
    hint: `Start it: medaccord peer start ${name}`,
  });
}

/** @throws CodedError CHANNEL_UNKNOWN. */
function requireChannel(
  topology: Topology,
  peer: string,
  organisation: Topology['organisations'][number],
  channel: string,
): string {
  const own = channelsOf(topology).filter(({ members }) => members.includes(organisation));
  if (own.some(({ name }) => name === channel)) return channel;
  throw new CodedError('CHANNEL_UNKNOWN', `${peer} is not on a channel ${channel}`, {
    hint: `Its channels: ${own.map(({ name }) => name).join(', ')}`,
  });
}
