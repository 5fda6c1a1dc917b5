import { CodedError } from '../coded-error.js';
import type { PeerChange, PeerControl, PeerReport } from '../control/index.js';
import type { Supervisor } from '../process/index.js';
import { channelsOf, type Organisation, type Topology } from '../topology/index.js';
import { peerName } from './peers.js';

/** Peers that are processes of their own: stopping one ends its process. */
export class SupervisedPeers implements PeerControl {
  private readonly peers: ReadonlyMap<string, Omit<PeerReport, 'running'>>;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly supervisor: Supervisor,
    topology: Topology,
  ) {
    const described = topology.organisations.flatMap((organisation) =>
      organisation.peers.map((peer) => describe(topology, organisation, peer)),
    );
    this.peers = new Map(described.map((peer) => [peer.name, peer]));
  }

  list(): PeerReport[] {
    return [...this.peers.keys()].map((name) => this.report(name));
  }

  stop(name: string): Promise<PeerChange> {
    return this.change(name, false, () => this.supervisor.stopOne(name));
  }

  start(name: string): Promise<PeerChange> {
    return this.change(name, true, () => this.supervisor.startOne(name));
  }

  /** One change at a time. */
  private change(name: string, running: boolean, work: () => Promise<void>): Promise<PeerChange> {
    const change = this.last
      .catch(() => undefined)
      .then(async () => {
        const changed = this.report(name).running !== running;
        if (changed) await work();
        return { peer: this.report(name), changed };
      });
    this.last = change;
    return change;
  }

  private report(name: string): PeerReport {
    const peer = this.peers.get(name);
    if (peer === undefined) {
      throw new CodedError('PEER_UNKNOWN', `there is no peer ${name}`, {
        hint: `There are: ${[...this.peers.keys()].join(', ')}`,
      });
    }
    const process = this.supervisor.reports.find((report) => report.name === name);
    return { ...peer, running: process !== undefined && process.status !== 'stopped' };
  }
}

function describe(
  topology: Topology,
  organisation: Organisation,
  peer: Organisation['peers'][number],
): Omit<PeerReport, 'running'> {
  return {
    name: peerName(organisation, peer),
    mspId: organisation.mspId,
    endpoint: `localhost:${peer.port}`,
    channels: channelsOf(topology)
      .filter(({ members }) => members.includes(organisation))
      .map(({ name }) => name),
  };
}
