import { CodedError } from '../../coded-error.js';
import type { PeerChange, PeerControl, PeerReport } from '../../control/index.js';
import type { PeerNode, RunningPeers } from './peer-node.js';

/** The peers of the network, each of which can be stopped and started by itself. */
export class Peers implements PeerControl, RunningPeers {
  readonly #nodes: readonly PeerNode[];
  /** The running ones by channel id; a new list whenever one stops or starts. */
  #running = new Map<string, readonly PeerNode[]>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param make The peers, each of which is told of the others that run. */
  constructor(make: (running: RunningPeers) => readonly PeerNode[]) {
    this.#nodes = make(this);
  }

  /** The peers of a channel that run at this moment. */
  running(channelId: string): readonly PeerNode[] {
    return this.#running.get(channelId) ?? [];
  }

  /** All that run at this moment, whatever channels they have joined. */
  allRunning(): readonly PeerNode[] {
    return this.#nodes.filter(({ isRunning }) => isRunning);
  }

  async startAll(): Promise<void> {
    for (const node of this.#nodes) {
      await node.start();
      this.#count();
    }
  }

  async stopAll(): Promise<void> {
    await this.#last.catch(() => undefined);
    await Promise.all(this.#nodes.map((node) => node.stop()));
    this.#count();
  }

  list(): PeerReport[] {
    return this.#nodes.map(report);
  }

  /** Its port is closed, and calls, streams and chaincodes on it end; everything else goes on. */
  stop(name: string): Promise<PeerChange> {
    return this.#change(name, false, (node) => node.stop());
  }

  start(name: string): Promise<PeerChange> {
    return this.#change(name, true, (node) => node.start());
  }

  /** One change at a time. */
  #change(name: string, running: boolean, work: (node: PeerNode) => Promise<void>): Promise<PeerChange> {
    const change = this.#last
      .catch(() => undefined)
      .then(async () => {
        const node = this.#find(name);
        const changed = node.isRunning !== running;
        if (changed) await work(node);
        this.#count();
        return { peer: report(node), changed };
      });
    this.#last = change;
    return change;
  }

  #find(name: string): PeerNode {
    const found = this.#nodes.find((node) => node.name === name);
    if (found !== undefined) return found;
    throw new CodedError('PEER_UNKNOWN', `there is no peer ${name}`, {
      hint: `There are: ${this.#nodes.map((node) => node.name).join(', ')}`,
    });
  }

  #count(): void {
    const running = this.allRunning();
    const ids = new Set(running.flatMap(({ channelIds }) => channelIds));
    this.#running = new Map(
      [...ids].map((id) => [id, running.filter(({ channelIds }) => channelIds.includes(id))]),
    );
  }
}

function report({ name, signer, isRunning, channelIds }: PeerNode): PeerReport {
  const { mspId, endpoint } = signer;
  return { name, mspId, endpoint, running: isRunning, channels: [...channelIds] };
}
