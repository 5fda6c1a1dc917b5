import { CodedError } from '../coded-error.js';
import { config } from '../config.js';
import { peerControl } from '../consortium/index.js';
import { contractPackages } from '../deployment/index.js';
import {
  awaitPeerHeight,
  channelHeight,
  FabricError,
  findBinaries,
  findPeer,
  installOn,
  joinBySnapshot,
  joinedChannels,
  ledgerBegan,
  listSnapshots,
  readSnapshot,
  requireSameChain,
  verifySnapshot,
  type FabricBinaries,
  type PeerNode,
  type PeerSnapshot,
} from '../fabric/index.js';
import { channelsOf, isConsortium } from '../topology/index.js';
import type { NetworkChange } from './network-change.js';
import type { Plan } from './plan.js';
import type { Running } from './running.js';

export interface SnapshotChoice {
  /** Folder of one; else each channel's newest that a peer of the home has made. */
  readonly from?: string | undefined;
  /** Else all of the organisation. */
  readonly channel?: string | undefined;
}

/** A real peer of the topology that has no blocks of its channels begins with a snapshot instead of block 0. */
export class JoinBySnapshot implements NetworkChange {
  private readonly node: PeerNode;
  private readonly binaries: FabricBinaries;
  private readonly given: PeerSnapshot | undefined;

  /** @throws CodedError PEER_UNKNOWN; FabricError BINARIES_MISSING, SNAPSHOT_INVALID. */
  constructor(
    private readonly running: Running,
    name: string,
    private readonly choice: SnapshotChoice,
  ) {
    this.node = findPeer(running.topology, name);
    this.binaries = findBinaries(config.fabric);
    this.given = choice.from === undefined ? undefined : readSnapshot(choice.from);
  }

  async plan(): Promise<Plan> {
    const { name } = this.node;
    const isRunning = await this.isRunning();
    const snapshots = await this.snapshots(isRunning);
    const changes = [
      ...(isRunning ? [] : [`starts ${name}`]),
      ...snapshots.map(
        ({ channel, lastBlock, folder }) =>
          `${name} begins ${channel} after block ${lastBlock}, with the snapshot in ${folder}`,
      ),
      ...(snapshots.length > 0 ? [`${name} has the contracts' package installed, and catches up`] : []),
    ];
    return { changes, signatures: [], restarts: [] };
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { home, topology } = this.running;
    const { node, binaries } = this;
    const { name } = node;
    if (!(await this.isRunning())) {
      // What cannot be used is refused before the peer starts.
      await this.snapshots(false);
      await peerControl(home).start(name);
      note(`${name} runs`);
    }
    const snapshots = await this.snapshots(true);
    for (const snapshot of snapshots) {
      await joinBySnapshot(home, node, binaries, snapshot);
      note(`${name} has ${snapshot.channel} up to block ${snapshot.lastBlock} by the snapshot`);
    }
    if (await this.installContracts()) note(`${name} has the contracts' package`);
    for (const channel of this.wanted()) {
      const height = await channelHeight(home, topology, channel);
      const reached = await awaitPeerHeight(home, node, binaries, channel, height);
      if (snapshots.some((one) => one.channel === channel)) {
        note(`${name} has ${channel} up to block ${reached - 1}, as the others`);
      }
    }
  }

  private async isRunning(): Promise<boolean> {
    const peers = await peerControl(this.running.home).peers();
    return peers.some(({ name, running }) => name === this.node.name && running);
  }

  /** One for each channel that the peer has not, verified. @throws FabricError SNAPSHOT_MISSING, and of the below. */
  private async snapshots(isRunning: boolean): Promise<PeerSnapshot[]> {
    const { home, topology } = this.running;
    const missing = await this.missing(isRunning);
    const made = this.given === undefined ? listSnapshots(home, topology) : [this.given];
    const chosen = missing.map((channel) => {
      const newest = made
        .filter((snapshot) => snapshot.channel === channel)
        .sort((one, other) => other.lastBlock - one.lastBlock)
        .at(0);
      if (newest !== undefined) return newest;
      throw new FabricError(
        'SNAPSHOT_MISSING',
        `no peer of ${home} has a snapshot of ${channel}`,
        'Take one: medaccord snapshot take PEER, or name a folder: --from DIR',
      );
    });
    for (const snapshot of chosen) {
      await requireSameChain(home, topology, this.node, snapshot);
      await verifySnapshot(snapshot);
    }
    return chosen;
  }

  /**
   * Channels of which the peer has nothing; none where it began with a snapshot before.
   * @throws CodedError CHANNEL_UNKNOWN; FabricError PEER_HAS_LEDGER, ONLY_PEER.
   */
  private async missing(isRunning: boolean): Promise<string[]> {
    const { home } = this.running;
    const { name, organisation } = this.node;
    const wanted = this.wanted();
    if (organisation.peers.length === 1) {
      throw new FabricError(
        'ONLY_PEER',
        `${name} is the only peer of ${organisation.name}: nobody could give it what the organisation has approved`,
        'It is in a backup of the organisation alone: medaccord backup restore',
      );
    }
    // A running peer knows better: one that was killed while it joined has left files, which it removes when it starts.
    const known = isRunning
      ? await joinedChannels(home, this.node, this.binaries)
      : wanted.filter((channel) => ledgerBegan(home, this.node, channel) !== undefined);
    const missing = wanted.filter((channel) => !known.includes(channel));
    const isRepeated = wanted.some((channel) => ledgerBegan(home, this.node, channel) === 'snapshot');
    if (missing.length > 0 || isRepeated) return missing;
    throw new FabricError(
      'PEER_HAS_LEDGER',
      `${name} has ${wanted.join(', ')} from block 0 on; a snapshot is for a peer that has nothing of it`,
      `Where its data are damaged: medaccord peer stop ${name}, move its data folder away, and again`,
    );
  }

  /** @throws CodedError CHANNEL_UNKNOWN. */
  private wanted(): string[] {
    const asked = this.choice.channel ?? this.given?.channel;
    const own = channelsOf(this.running.topology)
      .filter(({ members }) => members.includes(this.node.organisation))
      .map(({ name }) => name);
    const wanted = own
      .filter((channel) => channel === (asked ?? channel))
      .filter((channel) => channel === (this.given?.channel ?? channel));
    if (wanted.length > 0) return wanted;
    throw new CodedError('CHANNEL_UNKNOWN', `${this.node.name} is not on a channel ${asked ?? ''}`, {
      hint: `Its channels: ${own.join(', ')}`,
    });
  }

  private async installContracts(): Promise<boolean> {
    const { home, topology } = this.running;
    if (!isConsortium(topology) || !this.wanted().includes(topology.channel)) return false;
    const own = contractPackages(topology, true).get(this.node.organisation.name);
    return own !== undefined && (await installOn(home, this.node, this.binaries, own));
  }
}
